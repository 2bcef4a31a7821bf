import { describe, expect, it } from '@jest/globals'
import { createHistogram } from './histogram.js'

describe('createHistogram', () => {
  it('gives quantiles to a twentieth of a millisecond', () => {
    const histogram = createHistogram()
    for (let ms = 1; ms <= 100; ms += 1) histogram.add(ms)
    expect(histogram.count()).toBe(100)
    expect(histogram.quantile(0.5)).toBeCloseTo(50, 0)
    expect(histogram.quantile(0.99)).toBeCloseTo(99, 0)
    expect(histogram.quantile(1)).toBeCloseTo(100, 0)
  })

  it('keeps what is out of range at its ends', () => {
    const histogram = createHistogram()
    histogram.add(-1)
    histogram.add(1e9)
    expect(histogram.quantile(0.5)).toBeLessThan(0.1)
    expect(histogram.quantile(1)).toBeGreaterThanOrEqual(10_000)
  })

  it('has 0 for nothing', () => {
    expect(createHistogram().quantile(0.99)).toBe(0)
  })
})
