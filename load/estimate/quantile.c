/* SPDX-License-Identifier: Apache-2.0 */
/* Normal: Wichura (1988), Applied Statistics 37, algorithm AS 241 (PPND16). Student: the regularised incomplete beta
 * function by its continued fraction (modified Lentz), inverted by bracketed Newton steps. */
#include "load/estimate/quantile.h"

#include <math.h>

double normal_cdf(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}

static double horner(const double *c, int n, double x)
{
    double v = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        v = v * x + c[i];
    return v;
}

double normal_quantile(double p)
{
    static const double centre_a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                      1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                      3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double centre_b[] = {1.0,
                                      4.2313330701600911252e+1,
                                      6.8718700749205790830e+2,
                                      5.3941960214247511077e+3,
                                      2.1213794301586595867e+4,
                                      3.9307895800092710610e+4,
                                      2.8729085735721942674e+4,
                                      5.2264952788528545610e+3};
    static const double middle_a[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double middle_b[] = {1.0,
                                      2.05319162663775882187e0,
                                      1.67638483018380384940e0,
                                      6.89767334985100004550e-1,
                                      1.48103976427480074590e-1,
                                      1.51986665636164571966e-2,
                                      5.47593808499534494600e-4,
                                      1.05075007164441684324e-9};
    static const double tail_a[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                    2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double tail_b[] = {1.0,
                                    5.99832206555887937690e-1,
                                    1.36929880922735805310e-1,
                                    1.48753612908506148525e-2,
                                    7.86869131145613259100e-4,
                                    1.84631831751005468180e-5,
                                    1.42151175831644588870e-7,
                                    2.04426310338993978564e-15};
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        double r = 0.180625 - q * q;
        return q * horner(centre_a, 8, r) / horner(centre_b, 8, r);
    }
    double r = sqrt(-log(q < 0 ? p : 1.0 - p));
    double z = r <= 5.0 ? horner(middle_a, 8, r - 1.6) / horner(middle_b, 8, r - 1.6)
                        : horner(tail_a, 8, r - 5.0) / horner(tail_b, 8, r - 5.0);
    return q < 0 ? -z : z;
}

/* Continued fraction of the incomplete beta function. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10000; m++) {
        double m2 = 2.0 * m;
        double up = m * (b - m) * x / ((a + m2 - 1.0) * (a + m2));
        d = 1.0 + up * d;
        c = 1.0 + up / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        up = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1.0));
        d = 1.0 + up * d;
        c = 1.0 + up / c;
        d = 1.0 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1.0) < 1e-16)
            break;
    }
    return h;
}

static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* P(T > t), t >= 0. */
static double student_upper(double t, double df)
{
    if (t == 0.0)
        return 0.5;
    double a = 0.5 * df, x = df / (df + t * t), y = t * t / (df + t * t);
    double front = exp(log_gamma(a + 0.5) - log_gamma(a) - log_gamma(0.5) + a * log(x) + 0.5 * log(y));
    double i =
        x < (a + 1.0) / (a + 2.5) ? front * beta_fraction(a, 0.5, x) / a : 1.0 - 2.0 * front * beta_fraction(0.5, a, y);
    return 0.5 * i;
}

double student_cdf(double t, double df)
{
    double upper = student_upper(fabs(t), df);
    return t < 0 ? upper : 1.0 - upper;
}

static double student_density(double t, double df)
{
    return exp(log_gamma(0.5 * (df + 1.0)) - log_gamma(0.5 * df) - 0.5 * log(df * 3.14159265358979323846) -
               0.5 * (df + 1.0) * log1p(t * t / df));
}

double student_quantile(double p, double df)
{
    if (df > 1e7)
        return normal_quantile(p);
    if (p == 0.5)
        return 0.0;
    double tail = p < 0.5 ? p : 1.0 - p, low = 0.0, high = 1.0;
    while (student_upper(high, df) > tail && high < 1e300)
        high *= 2.0;
    double t = -normal_quantile(tail);
    for (int i = 0; i < 400; i++) {
        if (!(t > low && t < high))
            t = 0.5 * (low + high);
        double gap = student_upper(t, df) - tail;
        if (gap > 0)
            low = t;
        else
            high = t;
        double step = gap / student_density(t, df);
        if (gap == 0.0 || fabs(step) < 1e-15 * t || high - low < 1e-15 * high)
            break;
        t += step;
    }
    return p < 0.5 ? -t : t;
}

double student_remembered(struct student_memo *m, double p, double df)
{
    int k = (int)fmod(df, STUDENT_MEMO);
    if (m->df[k] != df || m->p[k] != p) {
        m->df[k] = df;
        m->p[k] = p;
        m->t[k] = student_quantile(p, df);
    }
    return m->t[k];
}
