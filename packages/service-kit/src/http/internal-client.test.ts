import { afterEach, describe, expect, it } from '@jest/globals'
import { type Endpoint, endpoint, gone } from '@sup/types'
import { type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { z } from 'zod'
import { ALICE, appOf } from '../../test/app.js'
import { capturedLog } from '../../test/captured-log.js'
import { CircuitBreaker } from '../breaker/index.js'
import { systemClock } from '../clock/index.js'
import { runWithRequest } from '../log/index.js'
import {
  AppError,
  type Handler,
  type InternalClientOptions,
  RemoteError,
  closeServer,
  createInternalClient,
  internalAuth,
  listen,
  portOf,
} from './index.js'

const find = endpoint({
  method: 'get',
  path: '/internal/v1/things/:id',
  summary: 'Find',
  auth: 'service',
  limit: 'none',
  params: z.object({ id: z.string() }),
  query: z.object({ after: z.string().optional(), limit: z.coerce.number().optional() }),
  body: z.object({}),
  response: z.object({ id: z.string(), query: z.unknown(), service: z.string() }),
  errors: [gone],
})
const make = endpoint({
  ...find,
  method: 'post',
  path: '/internal/v1/things',
  params: z.object({}),
})

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serverOf(handler: RequestListener): Promise<Server> {
  const server = await listen(handler, 0, { host: '127.0.0.1' })
  ends.push(() => closeServer(server, 0))
  return server
}

function clientOf(server: Server, options: Partial<InternalClientOptions> = {}) {
  const { log, lines } = capturedLog()
  const client = createInternalClient({
    baseUrl: `http://127.0.0.1:${portOf(server)}`,
    secret: 'right',
    caller: 'websocket-service',
    timeoutMs: 500,
    log,
    ...options,
  })
  ends.push(client.close)
  return { ...client, lines }
}

const served = <const E extends Endpoint>(spec: E, handler: Handler<E>) =>
  serverOf(
    appOf(
      (serveOne) => {
        serveOne(spec, handler)
      },
      { authenticate: internalAuth({ secrets: ['right'] }) },
    ).app,
  )

/** A server that is not ours: answers the same to everything and counts. */
async function answering(status: number, body: string) {
  const seen: IncomingHttpHeaders[] = []
  const server = await serverOf((req, res) => {
    seen.push(req.headers)
    res.statusCode = status
    res.end(body)
  })
  return { server, seen }
}
const found = JSON.stringify({ success: true, data: { id: '1', query: null, service: 'x' } })

describe('callInternal', () => {
  it('reaches an endpoint with parameters and query', async () => {
    const server = await served(find, (caller, { params, query }) =>
      Promise.resolve({ id: params.id, query, service: caller.service }),
    )
    const { callInternal } = clientOf(server)
    expect(
      await callInternal(find, { params: { id: 'a/b' }, query: { after: 'ü', limit: 5 } }),
    ).toEqual({ id: 'a/b', query: { after: 'ü', limit: 5 }, service: 'websocket-service' })
  })

  it('sends secret, caller, user, request id and deadline', async () => {
    const { server, seen } = await answering(200, found)
    const { callInternal } = clientOf(server)
    await runWithRequest({ requestId: 'r-7' }, () =>
      callInternal(make, {
        onBehalfOf: ALICE.userId,
        onBehalfDevice: ALICE.deviceId,
        json: '{"a":1}',
      }),
    )
    expect(seen[0]).toMatchObject({
      'x-internal-secret': 'right',
      'x-internal-caller': 'websocket-service',
      'x-on-behalf-of': ALICE.userId,
      'x-on-behalf-device': ALICE.deviceId,
      'x-request-id': 'r-7',
      'content-length': '7',
    })
    const left = Number(seen[0]?.['x-deadline']) - Date.now()
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(500)
  })

  it('hands a nearer deadline on', async () => {
    const { server, seen } = await answering(200, found)
    const deadline = Date.now() + 200
    await runWithRequest({ requestId: 'r', deadline }, () => clientOf(server).callInternal(make))
    expect(seen[0]?.['x-deadline']).toBe(String(deadline))
  })

  it('throws what the other service refused with', async () => {
    const server = await served(find, () =>
      Promise.reject(new AppError(gone, undefined, { message: 'over' })),
    )
    const failure = await clientOf(server)
      .callInternal(find, { params: { id: '1' } })
      .catch((err: unknown) => err)
    expect(failure).toBeInstanceOf(RemoteError)
    expect(failure).toMatchObject({ code: 'GONE', message: 'over', type: { status: 410 } })
  })

  it('turns a refused secret into SERVICE_UNAVAILABLE, which no user mistakes for theirs', async () => {
    const server = await served(find, () => Promise.reject(new Error('not reached')))
    const { callInternal, lines } = clientOf(server, { secret: 'wrong' })
    await expect(callInternal(find, { params: { id: '1' } })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    expect(lines.map(({ message }) => message)).toContain('Another service refuses SERVICE_SECRET')
  })

  it.each([
    ['a proxy that has nobody', 502, '<html>'],
    ['a proxy that waited', 504, ''],
    ['something that is not ours', 200, '{"hello":1}'],
    ['half an answer', 200, '{"success":true,"da'],
  ])('turns %s into SERVICE_UNAVAILABLE', async (_what, status, body) => {
    const { server } = await answering(status, body)
    await expect(clientOf(server).callInternal(make)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
  })

  it('gives up in time', async () => {
    const server = await serverOf(() => undefined)
    const began = Date.now()
    await expect(clientOf(server, { timeoutMs: 200 }).callInternal(make)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    expect(Date.now() - began).toBeLessThan(1000)
  })

  it('repeats what is idempotent, at most three times, and nothing else', async () => {
    const { server, seen } = await answering(502, '')
    const { callInternal } = clientOf(server)
    const calls = async (call: () => Promise<unknown>): Promise<number> => {
      const before = seen.length
      await call().catch(() => undefined)
      return seen.length - before
    }
    expect(await calls(() => callInternal(find, { params: { id: '1' } }))).toBe(3)
    expect(await calls(() => callInternal(make))).toBe(1)
    expect(await calls(() => callInternal(make, { isIdempotent: true }))).toBe(3)
  })

  it('keeps repetitions below a tenth of the calls', async () => {
    const { server, seen } = await answering(502, '')
    const { callInternal } = clientOf(server)
    for (let i = 0; i < 50; i++)
      await callInternal(find, { params: { id: '1' } }).catch(() => undefined)
    expect(seen.length).toBeLessThanOrEqual(50 + 10 + 5)
  })

  it('stops calling while its breaker is open', async () => {
    const { server, seen } = await answering(502, '')
    const breaker = new CircuitBreaker({ clock: systemClock })
    const { callInternal } = clientOf(server, { breaker })
    for (let i = 0; i < 8; i++) {
      await expect(callInternal(make)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    }
    expect(seen).toHaveLength(5)
  })

  it('refuses parameters that lead elsewhere', async () => {
    const { server, seen } = await answering(200, found)
    const { callInternal } = clientOf(server)
    for (const id of ['', '.', '..'])
      await expect(callInternal(find, { params: { id } })).rejects.toThrow()
    await callInternal(find, { params: { id: '../admin?x=1' } })
    expect(seen).toHaveLength(1)
  })
})
