import { describe, expect, it } from '@jest/globals'
import { createMetrics } from './index.js'

describe('createMetrics', () => {
  it('has the request histogram of the wire contract and the measures of the process', async () => {
    const metrics = createMetrics({ service: 'main-api' })
    metrics.http.observe({ method: 'GET', route: '/api/v1/chats/:id', status_code: '200' }, 0.02)

    const text = await metrics.text()

    expect(text).toContain(
      '# HELP http_request_duration_seconds Duration of HTTP requests in seconds',
    )
    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/api/v1/chats/:id",status_code="200"} 1',
    )
    expect(text).toContain('nodejs_eventloop_lag_seconds')
    expect(text).toContain('sup_service_info{service="main-api"} 1')
  })

  it('gives the same measure for the same name', async () => {
    const metrics = createMetrics({ service: 'x' })
    metrics.counter('sup_a_total', 'A', ['kind']).inc({ kind: 'one' })
    metrics.counter('sup_a_total', 'A', ['kind']).inc({ kind: 'one' })
    expect(await metrics.text()).toContain('sup_a_total{kind="one"} 2')
  })

  it('keeps two services in one process apart', async () => {
    const one = createMetrics({ service: 'one' })
    const two = createMetrics({ service: 'two' })
    one.counter('sup_a_total', 'A').inc()
    two.counter('sup_a_total', 'A')
    expect(await two.text()).toContain('sup_a_total 0')
  })

  it('looks a gauge up at each reading', async () => {
    const metrics = createMetrics({ service: 'x' })
    let value = 1
    metrics.gauge('sup_b', 'B', ['state'], (gauge) => {
      gauge.set({ state: 'now' }, value)
    })
    expect(await metrics.text()).toContain('sup_b{state="now"} 1')
    value = 2
    expect(await metrics.text()).toContain('sup_b{state="now"} 2')
  })
})
