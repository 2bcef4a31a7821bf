import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { closeServer, listen, portOf } from '@sup/service-kit/http'
import { createLogger } from '@sup/service-kit/log'
import { type RequestListener, type Server, get } from 'node:http'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type TestApi, startTestApi } from '../../../test/start.js'

const AT = '2026-03-01T12:00:00.000Z'

describe('requests for files at main-api', () => {
  let api: TestApi
  let port: number
  let behind: Server | undefined
  const clock = testClock(AT)
  let logged = ''
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString('utf8')
      done()
    },
  })

  /** What stands in for media-service: what it answers is tested there. */
  const answering = async (handler: RequestListener): Promise<void> => {
    if (behind) await closeServer(behind, 0)
    behind = await listen(handler, port, { host: '127.0.0.1' })
    port = portOf(behind)
  }
  const stop = async (): Promise<void> => {
    if (behind) await closeServer(behind, 0)
    behind = undefined
  }
  const upload = () =>
    fetch(`${api.publicUrl}/api/v1/media/upload`, { method: 'POST', body: 'a file' })

  beforeAll(async () => {
    port = 0
    await answering((_req, res) => res.end())
    api = await startTestApi({
      clock,
      env: { MEDIA_SERVICE_URL: `http://127.0.0.1:${port}` },
      log: createLogger({ service: 'main-api', level: 'info', sink }),
    })
  })
  afterAll(async () => {
    await api.stop()
    await stop()
  })

  it('reach media-service with their token and come back as it answers', async () => {
    await answering((req, res) => {
      void text(req).then((body) => {
        res.writeHead(201, { 'Content-Type': 'application/json' })
        res.end(JSON.stringify({ url: req.url, token: req.headers.authorization, body }))
      })
    })
    const answer = await fetch(`${api.publicUrl}/api/v1/media/upload?x=1`, {
      method: 'POST',
      body: 'a file',
      headers: { authorization: 'Bearer token' },
    })
    expect([answer.status, await answer.json()]).toEqual([
      201,
      { url: '/api/v1/media/upload?x=1', token: 'Bearer token', body: 'a file' },
    ])
    expect(await statusOf(`${api.publicUrl}/api/v1/media`, '/%2e%2e/internal')).toBe(404)
    expect((await fetch(`${api.internalUrl}/api/v1/media/quota`)).status).toBe(404)
  })

  it('are answered 503 in the envelope when it fails or is away, until it is back', async () => {
    await answering((req, res) => {
      req.resume().on('end', () => res.writeHead(500).end())
    })
    const failed = await upload()
    expect(failed.status).toBe(503)
    expect(await failed.json()).toMatchObject({
      success: false,
      error: { code: 'SERVICE_UNAVAILABLE', message: 'Failed to upload file', retryable: true },
    })
    await stop()
    const away = await upload()
    expect(away.status).toBe(503)
    expect(await away.json()).toMatchObject({ error: { message: 'Media service unavailable' } })
    expect(logged).toContain('"Failed to upload file"')
    expect(logged).toContain('"Media service unavailable"')

    for (let i = 0; i < 3; i++) expect((await upload()).status).toBe(503)
    let calls = 0
    await answering((req, res) => {
      calls += 1
      req.resume().on('end', () => res.writeHead(404).end())
    })
    expect((await upload()).status).toBe(503)
    expect(calls).toBe(0)
    clock.advance(60_000)
    for (let i = 0; i < 7; i++) expect((await upload()).status).toBe(404)
    expect(calls).toBe(7)
  })
})

/** The path goes out as it stands: `fetch` would resolve its dots. */
const statusOf = (url: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url)
    get({ hostname, port, path: pathname + path }, (res) => {
      res.resume()
      resolve(res.statusCode)
    }).on('error', reject)
  })
