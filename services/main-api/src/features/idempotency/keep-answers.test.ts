import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testClock } from '@sup/service-kit/clock'
import { createChat, listChats } from '@sup/types'
import type { TestPerson } from '../../../test/person.js'
import { type TestApi, startTestApi } from '../../../test/start.js'
import { keepAnswers } from './routes.js'

const clock = testClock('2026-01-01T00:00:00.000Z')

describe('Idempotency-Key', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi({ clock })
  })
  afterAll(() => api.stop())

  const create = (person: TestPerson, key: string, name = 'tea') =>
    person.ask(createChat, {
      body: { type: 'group', name },
      headers: { 'idempotency-key': key },
    })
  const keyOf = ({ userId }: TestPerson) => ({ userId, method: 'POST', path: '/p', key: 'k' })

  it('has a repetition answered from what was kept', async () => {
    const person = await api.person('alice')

    const [first, again] = [await create(person, 'one'), await create(person, 'one')]

    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual({ ...first.body, meta: { replayed: true } })
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(await person.call(listChats)).toHaveLength(1)
  })

  it('runs what comes at once only once', async () => {
    const person = await api.person('bob')

    const answers = await Promise.all(Array.from({ length: 5 }, () => create(person, 'one')))

    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await person.call(listChats)).toHaveLength(1)
  })

  it('refuses another request under the same key, and knows the keys of others apart', async () => {
    const [carol, dave] = [await api.person('carol'), await api.person('dave')]
    await create(carol, 'one')

    const other = await create(carol, 'one', 'coffee')

    expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT'])
    expect((await create(dave, 'one')).status).toBe(201)
  })

  it.each([
    ['an empty key', ''],
    ['a long key', 'x'.repeat(129)],
  ])('refuses %s', async (_what, key) => {
    const answer = await create(await api.person('erin'), key)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR'])
  })

  it('is forgotten after a day, and taken over after a minute from one that never ended', async () => {
    const key = keyOf(await api.person('frank'))
    const store = keepAnswers(api.deps)
    const hash = (digit: string) => digit.repeat(64)

    expect(await store.begin(key, hash('a'))).toEqual({ state: 'started' })
    clock.advance(60_000)
    expect(await store.begin(key, hash('a'))).toEqual({ state: 'running', requestHash: hash('a') })
    clock.advance(1)
    expect(await store.begin(key, hash('b'))).toEqual({ state: 'started' })

    await store.finish(key, { status: 201, body: { data: { n: 1 } } })
    expect(await store.begin(key, hash('b'))).toEqual({
      state: 'done',
      requestHash: hash('b'),
      answer: { status: 201, body: { data: { n: 1 } } },
    })
    clock.advance(86_400_000)
    expect((await store.begin(key, hash('a'))).state).toBe('done')
    clock.advance(1)
    expect((await store.begin(key, hash('a'))).state).toBe('started')
    await store.release(key)
    expect((await store.begin(key, hash('c'))).state).toBe('started')
  })
})
