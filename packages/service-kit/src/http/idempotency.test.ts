import { describe, expect, it } from '@jest/globals'
import { alreadyExists, endpoint, rateLimited } from '@sup/types'
import request from 'supertest'
import { z } from 'zod'
import { appOf, none } from '../../test/app.js'
import {
  AppError,
  type IdempotencyKey,
  type IdempotencyStore,
  type StoredAnswer,
  answer,
} from './index.js'

type Row = { requestHash: string; answer?: StoredAnswer }

/** The port's contract over a map; main-api's own store is tested there, on Postgres. */
function memoryStore(): IdempotencyStore & { rows: Map<string, Row> } {
  const rows = new Map<string, Row>()
  const idOf = (key: IdempotencyKey) => JSON.stringify([key.userId, key.method, key.path, key.key])
  return {
    rows,
    begin(key, requestHash) {
      const row = rows.get(idOf(key))
      if (row?.answer) return Promise.resolve({ state: 'done', ...row, answer: row.answer })
      if (row) return Promise.resolve({ state: 'running', requestHash: row.requestHash })
      rows.set(idOf(key), { requestHash })
      return Promise.resolve({ state: 'started' })
    },
    finish(key, stored) {
      const row = rows.get(idOf(key))
      if (row) row.answer = stored
      return Promise.resolve()
    },
    release(key) {
      rows.delete(idOf(key))
      return Promise.resolve()
    },
  }
}

const make = endpoint({
  method: 'post',
  path: '/api/v1/things/:id',
  summary: 'Make',
  params: z.object({ id: z.string() }),
  body: z.object({ a: z.number().optional(), b: z.number().optional() }),
  response: z.object({ made: z.number() }),
  meta: z.object({ total: z.number().optional() }),
  success: [200, 201],
  errors: [alreadyExists],
})

function setUp(run?: (made: number) => Promise<void>) {
  const store = memoryStore()
  let made = 0
  const { app } = appOf(
    (serveOne) => {
      serveOne(make, async () => {
        made += 1
        await run?.(made)
        return answer({ made }, { status: 201, meta: { total: made } })
      })
      serveOne({ ...make, path: '/api/v1/messages', params: none }, (caller) => {
        made += 1
        expect(caller.idempotencyKey).toBe('k')
        return Promise.resolve({ made })
      })
      serveOne({ ...make, method: 'put', path: '/api/v1/put', params: none }, () => {
        made += 1
        return Promise.resolve({ made })
      })
    },
    { idempotency: store },
  )
  const post = (body: object = {}, { key = 'k', path = '/api/v1/things/1' } = {}) =>
    request(app)
      .post(path)
      .set('Authorization', 'Bearer alice')
      .set('Idempotency-Key', key)
      .send(body)
  return { app, store, post, made: () => made }
}

describe('Idempotency-Key', () => {
  it('runs once, and answers a repetition with 200 and the first data', async () => {
    const { post, made } = setUp()

    const first = await post({ a: 1 })
    const second = await post({ a: 1 })

    expect(first.status).toBe(201)
    expect(first.body).toEqual({ success: true, data: { made: 1 }, meta: { total: 1 } })
    expect(first.headers).not.toHaveProperty('idempotent-replayed')
    expect(second.status).toBe(200)
    expect(second.body).toEqual({
      success: true,
      data: { made: 1 },
      meta: { total: 1, replayed: true },
    })
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(made()).toBe(1)
  })

  it('takes the same members in another order, or with unknown ones, as the same request', async () => {
    const { post } = setUp()
    await post({ a: 1, b: 2 })
    expect((await post({ b: 2, a: 1, unknown: true })).status).toBe(200)
  })

  it('refuses another body, and keeps the first', async () => {
    const { post, made } = setUp()
    await post({ a: 1 })
    const other = await post({ a: 2 })
    expect(other.status).toBe(409)
    expect(other.body.error.code).toBe('IDEMPOTENCY_CONFLICT')
    expect((await post({ a: 1 })).body.data).toEqual({ made: 1 })
    expect(made()).toBe(1)
  })

  it('keeps paths and keys apart', async () => {
    const { post, made } = setUp()
    await post({}, { key: 'one' })
    await post({}, { key: 'two' })
    await post({}, { key: 'one', path: '/api/v1/things/2' })
    await post({}, { key: 'one', path: '/api/v1/things/2/' })
    expect(made()).toBe(3)
  })

  it('lets a repetition wait for the first', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { post, made } = setUp(() => gate)

    const both = [post().then((res) => res), post().then((res) => res)]
    setTimeout(release, 200)
    const statuses = (await Promise.all(both)).map(({ status }) => status)

    expect(statuses.sort()).toEqual([200, 201])
    expect(made()).toBe(1)
  })

  it('answers CONFLICT when the first takes longer than three seconds', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { post } = setUp(() => gate)
    const first = post().then((res) => res)
    const began = Date.now()
    const second = await post()
    expect(second.status).toBe(409)
    expect(second.body.error).toMatchObject({ code: 'CONFLICT', retryable: true })
    expect(Date.now() - began).toBeGreaterThanOrEqual(2900)
    release()
    expect((await first).status).toBe(201)
  })

  it('keeps a refusal', async () => {
    const { post, made } = setUp((count) =>
      count === 1 ? Promise.reject(new AppError(alreadyExists)) : Promise.resolve(),
    )
    const first = await post()
    const second = await post()
    expect([first.status, second.status]).toEqual([409, 409])
    expect(second.body.error).toMatchObject({ code: 'ALREADY_EXISTS' })
    expect(second.body.error.requestId).toBe(second.headers['x-request-id'])
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect(made()).toBe(1)
  })

  it.each([
    ['a bug', new Error('bug'), 500],
    ['429', new AppError(rateLimited), 429],
  ])('does not keep %s', async (_what, err, status) => {
    const { post } = setUp((count) => (count === 1 ? Promise.reject(err) : Promise.resolve()))
    expect((await post()).status).toBe(status)
    expect((await post()).status).toBe(201)
  })

  it('leaves POST /messages and other methods alone', async () => {
    const { app, store, post } = setUp()
    await post({}, { path: '/api/v1/messages' })
    await request(app)
      .put('/api/v1/put')
      .set('Authorization', 'Bearer alice')
      .set('Idempotency-Key', 'k')
    expect(store.rows.size).toBe(0)
  })

  it('has 1 to 128 characters', async () => {
    const { post } = setUp()
    expect((await post({}, { key: 'x'.repeat(128) })).status).toBe(201)
    const long = await post({}, { key: 'x'.repeat(129) })
    expect(long.status).toBe(400)
    expect(long.body.error.details).toEqual([expect.objectContaining({ path: 'Idempotency-Key' })])
  })
})
