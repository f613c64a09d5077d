/* SPDX-License-Identifier: Apache-2.0 */
#include "load/publish_chart.h"

#include "load/publish_places.h"

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

void chart_bars(struct html *h, const char *caption, const char *const *headings, const struct chart_bar *bar, size_t n)
{
    double top = largest(bar, n);
    html_raw(h, "<div class=\"wrap\"><table>");
    html_element(h, "caption", caption);
    html_raw(h, "<thead><tr>");
    for (size_t i = 0; headings[i]; i++)
        html_element(h, i == 0 || i == 1 ? "th scope=\"col\"" : "th scope=\"col\" class=\"n\"", headings[i]);
    html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        html_raw(h, "<tr>");
        html_element(h, "th scope=\"row\"", bar[i].label);
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

enum { WIDE = 520, HIGH = 250, LEFT = 44, RIGHT = 12, TOP = 30, BOTTOM = 34 };

static double x_of(size_t i, size_t n)
{
    return n > 1 ? LEFT + (double)(WIDE - LEFT - RIGHT) * (double)i / (double)(n - 1) : LEFT;
}

static double y_of(double v, double top)
{
    return TOP + (double)(HIGH - TOP - BOTTOM) * (1 - v / top);
}

/* The least of 1, 2, 4, 8 times a power of ten that is not below v: four equal steps of it are round numbers. */
static double round_up(double v)
{
    double power = 1;
    while (power * 10 < v)
        power *= 10;
    for (int i = 0; i < 4; i++)
        if (power * (1 << i) >= v)
            return power * (1 << i);
    return power * 10;
}

static void draw_axes(struct html *h, const struct chart_point *point, size_t n, double axis)
{
    for (int i = 0; i <= 4; i++) {
        double v = axis * i / 4;
        html_printf(h, "<path d=\"M%d %.1fH%d\" stroke=\"#c9cfdb\" fill=\"none\"/>", LEFT, y_of(v, axis), WIDE - RIGHT);
        html_printf(h, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"13\" fill=\"#4d5567\">%.0f</text>",
                    LEFT - 6, y_of(v, axis) + 4, v);
    }
    size_t step = n > 6 ? (n + 5) / 6 : 1;
    for (size_t i = 0; i < n; i += step) {
        html_printf(h, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\" font-size=\"13\" fill=\"#4d5567\">", x_of(i, n),
                    HIGH - 12,
                    i == 0          ? "start"
                    : i + step >= n ? "end"
                                    : "middle");
        html_text(h, point[i].label);
        html_raw(h, "</text>");
    }
}

void chart_curve(struct html *h, const char *title, const struct chart_point *point, size_t n, double top, double line,
                 const char *line_label)
{
    top = round_up(top);
    html_printf(h, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\">", WIDE, HIGH, WIDE + 160);
    html_element(h, "title", title);
    draw_axes(h, point, n, top);
    if (line >= 0) {
        html_printf(h, "<path d=\"M%d %.1fH%d\" stroke=\"#a3122a\" stroke-dasharray=\"6 4\" fill=\"none\"/>", LEFT,
                    y_of(line, top), WIDE - RIGHT);
        html_printf(h, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" font-size=\"13\" fill=\"#a3122a\">", WIDE - RIGHT,
                    y_of(line, top) - 5);
        html_text(h, line_label);
        html_raw(h, "</text>");
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

static void put_title(struct html *h, const struct place_departement *d, const struct chart_area *a)
{
    html_raw(h, "<title>");
    html_text(h, d->name);
    html_raw(h, " (");
    html_text(h, d->code);
    html_raw(h, ") : ");
    html_text(h, a && a->shown ? a->shown : "–");
    html_raw(h, "</title>");
}

static void draw_tile(struct html *h, const struct place_departement *d, const struct chart_area *a, int i)
{
    int x = 8 + 100 * i;
    html_printf(h, "<g><rect x=\"%d\" y=\"600\" width=\"92\" height=\"64\" rx=\"5\" fill=\"%s\" stroke=\"#fff\"/>", x,
                colour_of(a));
    html_printf(h, "<text x=\"%d\" y=\"640\" text-anchor=\"middle\" font-size=\"26\" font-weight=\"700\" fill=\"%s\">",
                x + 46, a && a->has_rate && a->rate >= 0.8 ? "#fff" : "#1b1f2a");
    html_text(h, d->code);
    html_raw(h, "</text>");
    put_title(h, d, a);
    html_raw(h, "</g>\n");
}

void chart_map(struct html *h, const char *title, const struct chart_area *area, size_t n)
{
    int tiles = 0;
    html_raw(h, "<svg viewBox=\"0 0 613 676\" width=\"613\" role=\"img\">");
    html_element(h, "title", title);
    for (const struct place_departement *d = places_departements; d->code; d++) {
        const struct chart_area *a = find_area(area, n, d->code);
        if (*d->path) {
            html_printf(h, "<path fill=\"%s\" stroke=\"#fff\" stroke-width=\"0.8\" d=\"", colour_of(a));
            html_raw(h, d->path);
            html_raw(h, "\">");
            put_title(h, d, a);
            html_raw(h, "</path>\n");
        } else if (a && tiles < 6) {
            draw_tile(h, d, a, tiles++);
        }
    }
    html_raw(h, "</svg>\n");
}
