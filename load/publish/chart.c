/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish/chart.h"

#include "load/publish/places.h"

#include <math.h>
#include <string.h>

/* ---- bars ---- */

static double largest(const struct chart_bar *bar, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++) {
        double end = bar[i].has_interval && bar[i].high > bar[i].value ? bar[i].high : bar[i].value;
        top = bar[i].has_value && end > top ? end : top;
    }
    return top > 0 ? top : 1;
}

static void draw_bar(struct html *h, const struct chart_bar *b, double top)
{
    html_raw(h, "<svg viewBox=\"0 0 100 16\" height=\"16\" preserveAspectRatio=\"none\" aria-hidden=\"true\" "
                "focusable=\"false\">"
                "<rect width=\"100\" height=\"16\" fill=\"#f2f5fa\"/>");
    if (b->has_value)
        html_printf(h, "<rect y=\"2\" width=\"%.2f\" height=\"12\" fill=\"#1f4e9c\"/>", 100 * b->value / top);
    if (b->has_value && b->has_interval) {
        double low = 100 * b->low / top, high = 100 * b->high / top;
        html_printf(h,
                    "<path d=\"M%.2f 8H%.2fM%.2f 4V12M%.2f 4V12\" stroke=\"#fff\" stroke-width=\"5\" "
                    "vector-effect=\"non-scaling-stroke\" fill=\"none\"/><path d=\"M%.2f 8H%.2fM%.2f 4V12M%.2f 4V12\" "
                    "stroke=\"#000\" stroke-width=\"2\" vector-effect=\"non-scaling-stroke\" fill=\"none\"/>",
                    low, high, low, high, low, high, low, high);
    }
    html_raw(h, "</svg>");
}

void chart_bars(struct html *h, const char *caption, const char *const *headings, const struct chart_bar *bar, size_t n,
                double top)
{
    top = top > 0 ? top : largest(bar, n);
    html_raw(h, "<div class=\"wrap\"><table>");
    html_element(h, "caption", caption);
    html_raw(h, "<thead><tr>");
    for (size_t i = 0; headings[i]; i++)
        html_element(h, i == 0 || i == 1 ? "th scope=\"col\"" : "th scope=\"col\" class=\"n\"", headings[i]);
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        html_raw(h, "<tr>");
        html_raw(h, "<th scope=\"row\">");
        html_text(h, bar[i].label);
        if (bar[i].status && *bar[i].status) {
            html_raw(h, "<br>");
            html_element(h, "span class=\"note\"", bar[i].status);
        }
        html_raw(h, "</th>");
        html_raw(h, "<td class=\"bar\">");
        draw_bar(h, &bar[i], top);
        html_raw(h, "</td>");
        html_element(h, "td class=\"n\"", bar[i].shown);
        html_element(h, "td class=\"n\"", bar[i].interval);
        if (bar[i].note)
            html_element(h, "td class=\"n\"", bar[i].note);
        html_raw(h, "</tr>\n");
    }
    html_raw(h, "</tbody></table></div>\n");
}

/* ---- curve ---- */

enum { WIDE = 520, HIGH = 250, LEFT = 44, RIGHT = 12, TOP = 30, BOTTOM = 34, LABELS_MAX = 8 };

static double x_of(size_t i, size_t n)
{
    return n > 1 ? LEFT + (double)(WIDE - LEFT - RIGHT) * (double)i / (double)(n - 1) : LEFT;
}

static double y_of(double v, double top)
{
    return TOP + (double)(HIGH - TOP - BOTTOM) * (1 - v / top);
}

enum { STEPS_MAX = 6 };

/* A step of 1, 2 or 5 times a power of ten with which at most STEPS_MAX steps reach v. */
static double axis_step(double v)
{
    static const double factors[] = {1, 2, 5};
    double power = 1;
    int i = 0;
    while (power * factors[i] * STEPS_MAX < v) {
        power *= i == 2 ? 10 : 1;
        i = (i + 1) % 3;
    }
    return power * factors[i];
}

static void draw_axes(struct html *h, const struct chart_point *point, size_t n, double step, double axis)
{
    for (int i = 0; i * step <= axis; i++) {
        double v = i * step;
        html_printf(h, "<path d=\"M%d %.1fH%d\" stroke=\"#c9cfdb\" fill=\"none\"/>", LEFT, y_of(v, axis), WIDE - RIGHT);
        html_printf(h, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"13\" fill=\"#4d5567\">%.0f</text>",
                    LEFT - 6, y_of(v, axis) + 4, v);
    }
    /* labels from the last point back, as far apart as their width asks */
    size_t every = (n + LABELS_MAX - 1) / LABELS_MAX;
    for (size_t i = n; i > 0; i -= i > every ? every : i) {
        const char *anchor = i == n ? "end" : i == 1 ? "start" : "middle";
        html_printf(h, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" font-size=\"13\" fill=\"#4d5567\">",
                    x_of(i - 1, n), HIGH - 12, n > 1 ? anchor : "start");
        html_text(h, point[i - 1].tick);
        html_raw(h, "</text>");
    }
}

void chart_curve(struct html *h, const char *title, const struct chart_point *point, size_t n, double top, double line,
                 const char *line_label)
{
    double step = axis_step(top);
    top = step * ceil(top / step);
    html_printf(h, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">", WIDE, HIGH, WIDE + 160);
    html_element(h, "title", title);
    draw_axes(h, point, n, step, top);
    if (line >= 0) {
        html_printf(h, "<path d=\"M%d %.1fH%d\" stroke=\"#a3122a\" stroke-dasharray=\"6 4\" fill=\"none\"/>", LEFT,
                    y_of(line, top), WIDE - RIGHT);
        html_printf(h, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"13\" fill=\"#a3122a\">", WIDE - RIGHT,
                    y_of(line, top) - 5);
        html_text(h, line_label);
        html_raw(h, "</text>");
    }
    if (n > 0) {
        html_printf(
            h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"13\" font-weight=\"700\" fill=\"#1f4e9c\">",
            x_of(n - 1, n), y_of(point[n - 1].value, top) - 9, n > 1 ? "end" : "start");
        html_printf(h, "%.0f</text>", point[n - 1].value);
    }
    html_raw(h, "<path d=\"");
    for (size_t i = 0; i < n; i++)
        html_printf(h, "%s%.1f %.1f", i ? "L" : "M", x_of(i, n), y_of(point[i].value, top));
    html_raw(h, "\" stroke=\"#1f4e9c\" stroke-width=\"3\" fill=\"none\"/>");
    for (size_t i = 0; i < n; i++)
        html_printf(h, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#1f4e9c\"/>", x_of(i, n),
                    y_of(point[i].value, top));
    html_raw(h, "</svg>\n");
}

/* ---- map ---- */

const char chart_no_colour[] = "#e7e7e7";

static const struct {
    const char *colour;
    double from;
} classes[] = {{"#f6d4c8", 0},   {"#e9a58b", 0.5}, {"#b9cbe3", 0.6},
               {"#7f9fcb", 0.7}, {"#4470ad", 0.8}, {"#1d3f78", 0.9}};

int chart_class(size_t i, const char **colour, double *from)
{
    if (i >= sizeof classes / sizeof classes[0])
        return 0;
    *colour = classes[i].colour;
    *from = classes[i].from;
    return 1;
}

static const char *colour_of(const struct chart_area *a)
{
    size_t i = sizeof classes / sizeof classes[0] - 1;
    if (!a || !a->has_rate)
        return chart_no_colour;
    while (i > 0 && a->rate < classes[i].from)
        i--;
    return classes[i].colour;
}

static const struct chart_area *find_area(const struct chart_area *area, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(area[i].code, code) == 0)
            return &area[i];
    return NULL;
}

static void put_title(struct html *h, const char *name, const char *code, const struct chart_area *a)
{
    html_raw(h, "<title>");
    html_text(h, name);
    html_raw(h, " (");
    html_verbatim(h, code);
    html_text(h, h->french ? ") : " : "): ");
    html_text(h, a && a->shown ? a->shown : "–");
    html_raw(h, "</title>");
}

void chart_shapes(struct html *h)
{
    html_raw(h, "<svg class=\"shapes\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\n");
    for (const struct place_departement *d = places_departements; d->code; d++)
        if (*d->path) {
            html_printf(h, "<path id=\"d-%s\" d=\"", d->code);
            html_raw(h, d->path);
            html_raw(h, "\"/>\n");
        }
    html_raw(h, "</defs></svg>\n");
}

static void use_shape(struct html *h, const char *code, const char *fill, const char *stroke, double width)
{
    html_printf(h, "<use href=\"#d-%s\" fill=\"%s\" stroke=\"%s\" stroke-width=\"%.2f\" stroke-linejoin=\"round\">",
                code, fill, stroke, width);
}

enum { TILE = 100, TILES_TOP = 600, TILES_MAX = 6 };

static void draw_tile(struct html *h, const struct place_departement *d, const struct chart_map *m, int i)
{
    const char *code = m->by_region ? d->region : d->code;
    const struct chart_area *a = find_area(m->area, m->areas, code);
    int x = 8 + TILE * i;
    html_printf(h, "<g><rect x=\"%d\" y=\"%d\" width=\"92\" height=\"64\" rx=\"5\" fill=\"%s\" stroke=\"#fff\"/>", x,
                TILES_TOP, colour_of(a));
    html_printf(h, "<text x=\"%d\" y=\"640\" text-anchor=\"middle\" font-size=\"26\" font-weight=\"700\" fill=\"%s\">",
                x + 46, a && a->has_rate && a->rate >= 0.8 ? "#fff" : "#1b1f2a");
    html_verbatim(h, code);
    html_raw(h, "</text>");
    put_title(h, m->by_region ? places_region(code) : d->name, code, a);
    html_raw(h, "</g>\n");
}

/* One département of its own colour. */
static void draw_departement(struct html *h, const struct place_departement *d, const struct chart_map *m,
                             double border)
{
    const struct chart_area *a = find_area(m->area, m->areas, d->code);
    use_shape(h, d->code, colour_of(a), "#fff", border);
    put_title(h, d->name, d->code, a);
    html_raw(h, "</use>\n");
}

/* A région: a white rim around all its départements, then their shapes without seams. */
static void draw_region(struct html *h, const struct place_region *r, const struct chart_map *m)
{
    const struct chart_area *a = find_area(m->area, m->areas, r->code);
    html_raw(h, "<g>");
    put_title(h, r->name, r->code, a);
    for (int rim = 1; rim >= 0; rim--)
        for (const struct place_departement *d = places_departements; d->code; d++)
            if (*d->path && strcmp(d->region, r->code) == 0) {
                use_shape(h, d->code, colour_of(a), rim ? "#fff" : colour_of(a), rim ? 3 : 0.6);
                html_raw(h, "</use>");
            }
    html_raw(h, "</g>\n");
}

/* Paris and its neighbours, five times as large, in the free corner. */
static void draw_inset(struct html *h, const struct chart_map *m)
{
    html_raw(h, "<g transform=\"translate(-1510 -640) scale(5)\">\n");
    for (const struct place_departement *d = places_departements; d->code; d++)
        if (strcmp(d->code, "75") == 0 || strcmp(d->code, "92") == 0 || strcmp(d->code, "93") == 0 ||
            strcmp(d->code, "94") == 0)
            draw_departement(h, d, m, 0.2);
    html_raw(h, "</g><text x=\"10\" y=\"20\" font-size=\"16\" fill=\"#4d5567\">");
    html_text(h, m->inset);
    html_raw(h, "</text>\n");
}

void chart_map(struct html *h, const struct chart_map *m)
{
    int tiles = 0;
    html_raw(h, "<svg viewBox=\"0 0 613 676\" width=\"613\" role=\"img\">");
    html_element(h, "title", m->title);
    if (m->by_region)
        for (const struct place_region *r = places_regions; r->code; r++)
            draw_region(h, r, m);
    for (const struct place_departement *d = places_departements; d->code; d++)
        if (!*d->path && tiles < TILES_MAX && find_area(m->area, m->areas, m->by_region ? d->region : d->code))
            draw_tile(h, d, m, tiles++);
        else if (*d->path && !m->by_region)
            draw_departement(h, d, m, 0.8);
    if (!m->by_region)
        draw_inset(h, m);
    html_raw(h, "</svg>\n");
}
