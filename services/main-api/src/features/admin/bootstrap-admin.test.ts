import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { bootstrapAdmin, getUser, logIn } from '@sup/types'
import { accountChangesOf } from '../../../test/database.js'
import { type TestApi, startTestApi } from '../../../test/start.js'

const password = 'correct horse battery staple'

describe('bootstrapAdmin', () => {
  let api: TestApi
  beforeEach(async () => {
    api = await startTestApi()
  })
  afterEach(() => api.stop())

  it('makes an account that administers, once', async () => {
    const body = { username: 'Admin', password, email: 'admin@example.org' }

    const first = await api.service.ask(bootstrapAdmin, { body })
    const second = await api.service.ask(bootstrapAdmin, { body: { ...body, username: 'other' } })

    expect(first.status).toBe(201)
    expect(first.body.data.user).toMatchObject({ username: 'admin', role: 'admin' })
    expect([second.status, second.body.error.code]).toEqual([409, 'ALREADY_EXISTS'])
    expect((await api.open.ask(logIn, { body: { username: 'admin', password } })).status).toBe(200)
  })

  it('raises an account that exists, and tells it', async () => {
    const alice = await api.person('alice')

    const { user } = await api.service.call(bootstrapAdmin, { body: { username: alice.username } })

    expect(user).toMatchObject({ id: alice.userId, role: 'admin' })
    expect(await alice.call(getUser, { params: { id: 'me' } })).toMatchObject({ role: 'admin' })
    expect(await accountChangesOf(api.deps, alice.userId)).toContainEqual(
      expect.objectContaining({ type: 'profile' }),
    )
  })

  it('makes one administrator, however many ask at once', async () => {
    const answers = await Promise.all(
      ['one', 'two', 'three', 'four'].map((username) =>
        api.service.ask(bootstrapAdmin, { body: { username, password } }),
      ),
    )

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
    const { count } = await api.deps.db.one<{ count: number }>(
      'SELECT count(*) AS count FROM users',
    )
    expect(count).toBe(1)
  })

  it.each([
    ['an unknown name without a password', { username: 'nobody' }, 'password'],
    ['a common password', { username: 'root', password: 'password1' }, 'password'],
    ['a short name', { username: 'x', password }, 'username'],
    ['a wrong address', { username: 'root', password, email: 'x' }, 'email'],
    ['an unknown member', { username: 'root', password, role: 'god' }, ''],
    ['nothing', {}, 'username'],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await api.service.askWrong(bootstrapAdmin, body)
    expect([answer.status, answer.body.error]).toMatchObject([400, { details: [{ path }] }])
  })

  it('is not there for people, and not for services without the secret', async () => {
    const alice = await api.person('alice')
    const body = { username: alice.username }

    expect((await alice.ask(bootstrapAdmin, { body })).status).toBe(404)
    const wrong = api.service.with({ 'x-internal-secret': 'wrong' })
    expect((await wrong.ask(bootstrapAdmin, { body })).status).toBe(401)
  })
})
