import { describe, expect, it } from '@jest/globals'
import {
  alreadyExists,
  endpoint,
  insufficientPermissions,
  rateLimited,
  serviceUnavailable,
} from '@sup/types'
import request from 'supertest'
import { z } from 'zod'
import { ALICE, appOf, echoApp, echoPath, none, read } from '../../test/app.js'
import { type Caller, type OpenCaller, AppError, answer } from './index.js'

const { app } = echoApp()
const post = (path = echoPath) => request(app).post(path).set('Authorization', 'Bearer alice')

const create = endpoint({
  method: 'post',
  path: '/api/v1/create',
  summary: 'Create',
  params: none,
  body: none,
  response: z.object({ id: z.string() }),
  meta: z.object({ existing: z.boolean().optional() }),
  success: [200, 201],
  errors: [insufficientPermissions],
})

describe('serve', () => {
  it('answers data in the envelope', async () => {
    const res = await post().send({ text: 'hi' })

    expect(res.status).toBe(200)
    expect(res.body).toEqual({ success: true, data: { text: 'hi' } })
    expect(res.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(res.headers['cache-control']).toBe('no-store')
    expect(res.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('keeps a good request id and replaces a bad one', async () => {
    const good = await post().set('X-Request-Id', 'abc.1_2-3').send({})
    const bad = await post().set('X-Request-Id', 'a b').send({ text: 'gone' })
    expect(good.headers['x-request-id']).toBe('abc.1_2-3')
    expect(bad.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(bad.body.error.requestId).toBe(bad.headers['x-request-id'])
  })

  it('tells the use case who calls', async () => {
    let seen: Caller | undefined
    const { app } = appOf((serveOne) => {
      serveOne(read, (caller, { params }) => {
        seen = caller
        return Promise.resolve(params)
      })
    })

    await request(app)
      .get('/api/v1/things/1')
      .set('Authorization', 'Bearer alice')
      .set('X-Forwarded-For', '203.0.113.9')
      .set('User-Agent', 'test/1')
      .set('X-Request-Id', 'r1')

    expect(seen).toMatchObject({
      ...ALICE,
      requestId: 'r1',
      ip: '203.0.113.9',
      userAgent: 'test/1',
    })
  })

  it('answers status, meta and headers of an answer', async () => {
    const { app } = appOf((serveOne) => {
      serveOne(create, () =>
        Promise.resolve(
          answer({ id: '1' }, { status: 201, meta: { existing: true }, headers: { ETag: '"1"' } }),
        ),
      )
    })
    const res = await request(app).post('/api/v1/create').set('Authorization', 'Bearer alice')
    expect(res.status).toBe(201)
    expect(res.body).toEqual({ success: true, data: { id: '1' }, meta: { existing: true } })
    expect(res.headers['etag']).toBe('"1"')
  })

  it('answers a refusal with code, message, details and retryable', async () => {
    const { app } = appOf((serveOne) => {
      serveOne(create, () =>
        Promise.reject(new AppError(insufficientPermissions, { permission: 'message.send' })),
      )
    })
    const res = await request(app).post('/api/v1/create').set('Authorization', 'Bearer alice')
    expect(res.status).toBe(403)
    expect(res.body).toEqual({
      success: false,
      error: {
        code: 'INSUFFICIENT_PERMISSIONS',
        message: insufficientPermissions.message,
        details: { permission: 'message.send' },
        retryable: false,
        requestId: res.headers['x-request-id'],
      },
    })
  })

  it.each([
    [new AppError(rateLimited, undefined, { retryAfterMs: 1500 }), 429, '2', 1500],
    [new AppError(serviceUnavailable), 503, '1', 1000],
  ])('says when to come back', async (err, status, seconds, retryAfterMs) => {
    const { app } = appOf((serveOne) => {
      serveOne(create, () => Promise.reject(err))
    })
    const res = await request(app).post('/api/v1/create').set('Authorization', 'Bearer alice')
    expect(res.status).toBe(status)
    expect(res.headers['retry-after']).toBe(seconds)
    expect(res.body.error).toMatchObject({ retryable: true, retryAfterMs })
  })

  it('serves open endpoints to anybody, and tells who it is all the same', async () => {
    const callers: OpenCaller[] = []
    const { app } = appOf((serveOne) => {
      serveOne({ ...read, auth: 'open' }, (caller, { params }) => {
        callers.push(caller)
        return Promise.resolve(params)
      })
    })
    await request(app).get('/api/v1/things/1')
    await request(app).get('/api/v1/things/1').set('Authorization', 'Bearer alice')
    expect(callers.map(({ userId }) => userId)).toEqual([undefined, ALICE.userId])
  })

  it('serves nothing of a service to a user', async () => {
    const { app } = appOf((serveOne) => {
      serveOne({ ...read, auth: 'service' }, (_caller, { params }) => Promise.resolve(params))
    })
    const res = await request(app).get('/api/v1/things/1').set('Authorization', 'Bearer alice')
    expect(res.status).toBe(401)
  })

  it('answers 503 when a use case takes too long', async () => {
    let finish: () => void = () => undefined
    const { app } = appOf(
      (serveOne) => {
        serveOne(read, async ({}, { params }) => {
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          return params
        })
      },
      { requestTimeoutMs: 50 },
    )
    const res = await request(app).get('/api/v1/things/1').set('Authorization', 'Bearer alice')
    expect(res.status).toBe(503)
    expect(res.body.error.code).toBe('SERVICE_UNAVAILABLE')
    finish()
  })
})

describe('the order of checks', () => {
  const denied = { path: '/api/v1/echo/not-a-uuid', body: '{"text":', type: 'text/plain' }

  it('route before everything', async () => {
    const res = await request(app)
      .put(denied.path)
      .set('Content-Type', denied.type)
      .send(denied.body)
    expect(res.status).toBe(405)
  })
  it('size before authentication', async () => {
    const res = await request(app)
      .post(denied.path)
      .set('Content-Type', 'application/json')
      .send(`{"text":"${'x'.repeat(256 * 1024)}"}`)
    expect(res.status).toBe(413)
    expect(res.body.error.code).toBe('PAYLOAD_TOO_LARGE')
  })
  it('media type before authentication', async () => {
    const res = await request(app)
      .post(denied.path)
      .set('Content-Type', denied.type)
      .send(denied.body)
    expect(res.status).toBe(415)
    expect(res.body.error.code).toBe('UNSUPPORTED_MEDIA_TYPE')
  })
  it('authentication before validation', async () => {
    const res = await request(app)
      .post(denied.path)
      .set('Content-Type', 'application/json')
      .send(denied.body)
    expect(res.status).toBe(401)
    expect(res.body.error.code).toBe('UNAUTHORIZED')
  })
  it('validation before the use case', async () => {
    const res = await post(denied.path)
      .set('Content-Type', 'application/json')
      .send('{"text":"gone"}')
    expect(res.status).toBe(400)
    expect(res.body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'id' }] })
  })
})

describe('what breaks the contract', () => {
  const broken = endpoint({ ...create, success: [201] })
  const serveBroken = (handler: () => Promise<never>, checkAnswers: boolean) =>
    appOf(
      (serveOne) => {
        serveOne(broken, handler)
      },
      { checkAnswers },
    )
  const call = (app: ReturnType<typeof appOf>['app']) =>
    request(app).post('/api/v1/create').set('Authorization', 'Bearer alice')
  // What a bug returns has no type that fits.
  const returns = (value: unknown) => () => Promise.resolve(value as never)

  it.each([
    ['data that does not fit', returns(answer({ id: 1 }, { status: 201 })), /does not fit/],
    [
      'a member that nobody declared',
      returns(answer({ id: '1', password_hash: 'x' }, { status: 201 })),
      /undeclared member data.password_hash/,
    ],
    ['a status that it does not list', returns({ id: '1' }), /answers 200/],
    [
      'an undeclared error',
      () => Promise.reject(new AppError(alreadyExists)),
      /undeclared error ALREADY_EXISTS/,
    ],
  ])('%s fails loudly outside production', async (_what, handler, message) => {
    const { app, lines } = serveBroken(handler, true)
    const res = await call(app)
    expect(res.status).toBe(500)
    expect(res.body.error.message).toMatch(message)
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it('an undeclared error is an INTERNAL_ERROR in production, and says no more', async () => {
    const { app } = serveBroken(() => Promise.reject(new AppError(alreadyExists)), false)
    const res = await call(app)
    expect(res.status).toBe(500)
    expect(res.body.error.code).toBe('INTERNAL_ERROR')
    expect(JSON.stringify(res.body)).not.toContain('ALREADY_EXISTS')
  })

  it('a bug is logged once, with the id that the client gets, and tells the client nothing', async () => {
    const { app, lines } = serveBroken(() => Promise.reject(new Error('secret table users')), true)
    const res = await call(app)
    expect(res.status).toBe(500)
    expect(JSON.stringify(res.body)).not.toContain('users')
    const errors = lines.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(1)
    expect(errors[0]?.['requestId']).toBe(res.body.error.requestId)
  })
})
