import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ServerInfo, getServer, getUser, listDevices } from '@sup/types'
import express from 'express'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import supertest from 'supertest'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { serverRoutes } from './routes.js'

describe('the server', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi({
      env: {
        RATE_LIMIT_MESSAGES_PER_MINUTE: '600',
        MAX_GROUP_MEMBERS: '77',
        VAPID_PRIVATE_KEY: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
      },
    })
  })
  afterAll(() => api.stop())

  it('says what it is and what it allows, to anybody', async () => {
    const answer = await api.open.ask(getServer)
    const { epoch } = await api.deps.db.one<{ epoch: string }>(
      'SELECT log_epoch AS epoch FROM server_state',
    )

    expect(answer.status).toBe(200)
    expect(ServerInfo.parse(answer.body.data)).toMatchObject({
      version: '1.0.0',
      apiVersion: 1,
      epoch,
      publicUrl: 'http://localhost:8080',
      registration: 'open',
      features: {
        calls: false,
        email: false,
        stories: false,
        search: true,
        push: false,
        webPush: true,
      },
      vapidPublicKey:
        'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      limits: {
        content: 10_000,
        groupMembers: 77,
        accessTokenSeconds: 900,
        rates: { perMinute: { messages: 600 }, socketEventsPerSecond: { rate: 40, burst: 80 } },
      },
    })
  })

  it('serves its API documents as they are, and 404 when they were not shipped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sup-documents-'))
    try {
      await writeFile(join(folder, 'openapi.json'), '{"openapi":"3.1.0"}')
      const app = express().use(serverRoutes(api.deps, pathToFileURL(`${folder}/`)))
      app.use(((err, _req, res, _next) => {
        res.status(err.type.status).end()
      }) satisfies express.ErrorRequestHandler)

      const found = await supertest(app).get('/api/v1/openapi.json')
      const missing = await supertest(app).get('/api/v1/asyncapi.json')

      expect([found.status, found.body]).toEqual([200, { openapi: '3.1.0' }])
      expect(missing.status).toBe(404)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('tells how its parts are', async () => {
    const health = await supertest(api.publicUrl).get('/health')
    expect(health.body).toMatchObject({
      service: 'main-api',
      checks: { database: 'ok', redis: 'ok', rabbitmq: expect.any(String) },
    })
    expect((await supertest(api.publicUrl).get('/health/live')).status).toBe(200)
    expect((await supertest(api.publicUrl).get('/health/ready')).status).toBe(200)
    const metrics = await supertest(api.publicUrl).get('/metrics')
    expect(metrics.text).toContain('http_request_duration_seconds')
    expect(metrics.text).toContain('sup_messages_total')
  })

  it('shows people nothing that is for services', async () => {
    const alice = await api.person('alice')
    const internal = await supertest(api.publicUrl)
      .get('/internal/v1/revocations')
      .set('x-internal-secret', api.deps.config.SERVICE_SECRET[0] ?? '')
      .set('authorization', `Bearer ${alice.accessToken}`)
    expect([internal.status, internal.body.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  it('serves everything to services on behalf of a user, and nothing without the secret', async () => {
    const alice = await api.person('alice')
    const acting = api.service.with({
      'x-on-behalf-of': alice.userId,
      'x-on-behalf-device': alice.id,
    })

    const devices = await acting.call(listDevices)
    expect(devices).toMatchObject([{ id: alice.id, current: true }])
    expect((await api.service.ask(listDevices)).status).toBe(401)
    const wrong = acting.with({ 'x-internal-secret': 'wrong' })
    for (const spec of [listDevices, getServer]) expect((await wrong.ask(spec)).status).toBe(401)
    // A token is worth nothing there: the secret decides.
    const bearer = await supertest(api.internalUrl)
      .get(getServer.path)
      .set('authorization', `Bearer ${alice.accessToken}`)
    expect(bearer.status).toBe(401)
  })

  it('answers what it does not know in the envelope', async () => {
    const http = supertest(api.publicUrl)
    const unknown = await http.get('/api/v1/nothing')
    const wrongMethod = await http.put('/api/v1/server')

    expect([unknown.status, unknown.body.error.code]).toEqual([404, 'NOT_FOUND'])
    expect([wrongMethod.status, wrongMethod.body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED'])
    expect(wrongMethod.headers['allow']).toContain('GET')
    expect((await http.get('/api/v1/server/')).status).toBe(200)
  })

  it('does not believe headers that say who acts', async () => {
    const alice = await api.person('alice')
    const answer = await api.open.ask(getUser, {
      params: { id: 'me' },
      headers: { 'x-on-behalf-of': alice.userId },
    })
    expect(answer.status).toBe(401)
  })
})
