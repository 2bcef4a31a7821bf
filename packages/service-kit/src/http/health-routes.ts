import type { Express, Response } from 'express'
import type { Clock } from '../clock/index.js'
import type { Metrics } from '../metrics/index.js'
import { sendJson } from './envelope.js'
import type { Health } from './health.js'

/** Mounts `/health`, `/health/live`, `/health/ready` and `/metrics` (wire-contract section 14). */
export function mountHealth(
  app: Express,
  parts: { health: Health; metrics: Metrics; clock: Clock; service: string; version: string },
): void {
  const { health, metrics, clock, service, version } = parts
  app.get('/health', async (_req, res) => {
    const checks = await health.check()
    const isHealthy = Object.values(checks).every((result) => result === 'ok')
    const status = isHealthy ? 'healthy' : 'unhealthy'
    const timestamp = clock.now().toISOString()
    sendJson(res, isHealthy ? 200 : 503, { status, timestamp, service, version, checks })
  })
  app.get('/health/live', (_req, res) => {
    sendJson(res, 200, { status: 'ok' })
  })
  app.get('/health/ready', async (_req, res) => {
    const isReady = await health.isReady()
    sendJson(res, isReady ? 200 : 503, { status: isReady ? 'ok' : 'unavailable' })
  })
  app.get('/metrics', async (_req, res: Response) => {
    res.setHeader('Content-Type', metrics.contentType)
    res.setHeader('Cache-Control', 'no-store')
    res.end(await metrics.text())
  })
}
