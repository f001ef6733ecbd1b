/* The sum of tanh(x) * exp(-x * x) and its gradient in one pass: what a compiler makes of the loop itself.

   native.py compiles this file. glibc declares vector versions of expf and tanhf, which the pragma lets gcc
   call. The sum goes by halves down to short blocks, as NumPy's does, so that it is as accurate. */

#include <math.h>
#include <stddef.h>

#define BLOCK 1024

static float block(const float *restrict x, float *restrict gradient, ptrdiff_t n)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (ptrdiff_t i = 0; i < n; i++) {
        float t = tanhf(x[i]);
        float e = expf(-x[i] * x[i]);
        sum += t * e;
        gradient[i] = e * (1.0f - t * (t + 2.0f * x[i]));
    }
    return sum;
}

static float halves(const float *x, float *gradient, ptrdiff_t n)
{
    if (n <= BLOCK)
        return block(x, gradient, n);
    ptrdiff_t half = (n / 2 + BLOCK - 1) / BLOCK * BLOCK;
    return halves(x, gradient, half) + halves(x + half, gradient + half, n - half);
}

float tanh_exp(const float *x, float *gradient, ptrdiff_t n, int threads)
{
    float sum = 0.0f;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum) if (threads > 1)
    for (int i = 0; i < threads; i++) {
        ptrdiff_t start = n * i / threads, stop = n * (i + 1) / threads;
        sum += halves(x + start, gradient + start, stop - start);
    }
    return sum;
}
