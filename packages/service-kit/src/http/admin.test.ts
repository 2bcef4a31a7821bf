import { describe, expect, it } from '@jest/globals'
import { endpoint } from '@sup/types'
import request from 'supertest'
import { z } from 'zod'
import { ALICE, appOf, none } from '../../test/app.js'
import { testClock } from '../clock/index.js'
import type { Administrators } from './index.js'

const NOW = '2025-01-31T10:30:00.000Z'
const base = { path: '/api/v1/admin/things/:id', summary: 'x', auth: 'admin', errors: [] } as const
const look = endpoint({
  ...base,
  method: 'get',
  params: z.object({ id: z.string() }),
  body: none,
  response: z.object({}),
})
const change = endpoint({
  ...base,
  method: 'post',
  params: z.object({ id: z.string() }),
  body: z.strictObject({ n: z.int() }),
  response: z.object({}),
})

function open(administrators: Administrators | undefined) {
  const calls: string[] = []
  const { app, lines } = appOf(
    (serveOne) => {
      serveOne(look, () => {
        calls.push('look')
        return Promise.resolve({})
      })
      serveOne(change, () => {
        calls.push('change')
        return Promise.resolve({})
      })
    },
    { clock: testClock(NOW), ...(administrators ? { administrators } : {}) },
  )
  const audit = () => lines.filter(({ message }) => message === 'An administrator called')
  const send = (method: 'get' | 'post', token = 'alice') =>
    request(app)[method]('/api/v1/admin/things/7').set('authorization', `Bearer ${token}`)
  return { calls, audit, send }
}
const since = (authenticatedAt: string): Administrators => ({
  find: ({ userId, sessionId }) =>
    Promise.resolve(
      userId === ALICE.userId && sessionId === ALICE.sessionId ? { authenticatedAt } : undefined,
    ),
})

describe('an endpoint for administrators', () => {
  it('serves them, and writes one line about each call', async () => {
    const { calls, audit, send } = open(since('2025-01-31T10:15:00.000Z'))
    expect((await send('get')).status).toBe(200)
    expect((await send('post').send({ n: 1 })).status).toBe(200)
    expect(calls).toEqual(['look', 'change'])
    expect(audit()).toMatchObject([
      {
        userId: ALICE.userId,
        action: 'GET /api/v1/admin/things/:id',
        params: { id: '7' },
        result: 'ok',
      },
      { action: 'POST /api/v1/admin/things/:id', result: 'ok' },
    ])
  })

  it.each([
    ['for others', { find: () => Promise.resolve(undefined) }],
    ['where nobody administers', undefined],
  ])('is not there %s, whatever they send', async (_name, administrators) => {
    const { calls, audit, send } = open(administrators)
    for (const answer of [
      await send('get'),
      await send('post').send({ n: 1 }),
      await send('post').send({ wrong: true }),
    ]) {
      expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND'])
    }
    expect(calls).toEqual([])
    expect(audit()).toEqual([])
  })

  it('needs a fresh password for changes alone', async () => {
    const { calls, audit, send } = open(since('2025-01-31T10:14:59.000Z'))
    expect((await send('get')).status).toBe(200)
    const answer = await send('post').send({ n: 1 })
    expect([answer.status, answer.body.error.code]).toEqual([403, 'REAUTH_REQUIRED'])
    expect(calls).toEqual(['look'])
    expect(audit().map(({ result }) => result)).toEqual(['ok', 'REAUTH_REQUIRED'])
  })
})
