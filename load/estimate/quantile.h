/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles of the normal and Student distributions. Our own because the libraries that have them are under the GPL. */
#ifndef LOAD_ESTIMATE_QUANTILE_H
#define LOAD_ESTIMATE_QUANTILE_H

/* P(Z <= z). */
double normal_cdf(double z);
/* z with P(Z <= z) = p, 0 < p < 1; relative error about 1e-16 (Wichura, algorithm AS 241). */
double normal_quantile(double p);
/* P(T <= t) with df > 0 degrees of freedom. */
double student_cdf(double t, double df);
/* t with P(T <= t) = p; df > 0; 1e-12. Equals normal_quantile above 1e7 degrees of freedom. */
double student_quantile(double p, double df);
/* The same, for one who asks for few degrees of freedom many times; begins zeroed. */
enum { STUDENT_MEMO = 64 };
struct student_memo {
    double df[STUDENT_MEMO], p[STUDENT_MEMO], t[STUDENT_MEMO];
};
double student_remembered(struct student_memo *m, double p, double df);

#endif
