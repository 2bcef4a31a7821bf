import { describe, expect, it } from '@jest/globals'
import type { World } from './world.js'

const SERVICES: Record<string, { checks: string[]; metrics: string[] }> = {
  'main-api': {
    checks: ['database', 'redis', 'rabbitmq'],
    metrics: ['http_request_duration_seconds', 'sup_messages_total', 'sup_db_pool_connections'],
  },
  'websocket-service': {
    checks: ['redis', 'mainApi'],
    metrics: ['websocket_active_connections', 'sup_socket_events_total'],
  },
  'media-service': {
    checks: ['database', 'redis', 'storage'],
    metrics: ['http_request_duration_seconds', 'sup_redis_operations_total'],
  },
  'worker-service': {
    checks: ['database', 'redis', 'rabbitmq', 'storage'],
    metrics: ['sup_outbox_pending', 'sup_outbox_oldest_seconds', 'sup_jobs_total'],
  },
}

/** What operators see of each service, and what nobody sees through nginx. */
export function describeServices(world: () => World): void {
  describe.each(Object.entries(SERVICES))('%s', (name, { checks, metrics }) => {
    const instances = () => world().stack.services.filter((service) => service.name === name)

    it('says that it is healthy', async () => {
      for (const { url } of instances()) {
        const response = await fetch(`${url}/health`)
        expect(response.status).toBe(200)
        expect(await response.json()).toEqual({
          status: 'healthy',
          timestamp: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
          service: name,
          version: '1.0.0',
          checks: Object.fromEntries(checks.map((check) => [check, 'ok'])),
        })
        for (const path of ['/health/live', '/health/ready']) {
          expect((await fetch(url + path)).status).toBe(200)
        }
      }
    })

    it('gives its metrics', async () => {
      for (const { url } of instances()) {
        const response = await fetch(`${url}/metrics`)
        expect(response.status).toBe(200)
        const text = await response.text()
        for (const metric of ['process_cpu_seconds_total', ...metrics]) {
          expect({ metric, isThere: text.includes(`# TYPE ${metric} `) }).toEqual({
            metric,
            isThere: true,
          })
        }
        // Labels are templates, never ids.
        expect(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/.exec(text)).toBeNull()
      }
    })
  })

  describe('nginx', () => {
    it('answers for the health of the system', async () => {
      const response = await fetch(`${world().stack.publicUrl}/health`)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ status: 'ok' })
    })

    it.each([
      '/metrics',
      '/internal/v1/heads',
      '/api/v1/../../internal/v1/heads',
      '/api/v1/%2e%2e',
    ])('hides %s', async (path) => {
      const { publicUrl } = world().stack
      const response = await fetch(publicUrl + path, { method: 'POST' })
      expect(response.status).toBe(404)
    })
  })
}
