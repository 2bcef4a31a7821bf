import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AuthResult, register, verifyUser } from '@sup/types'
import { type TestApi, startTestApi } from '../../../test/start.js'

const PASSWORD = 'correct horse battery staple'

describe('register', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  it('makes an account and logs its owner in', async () => {
    const answer = await api.open.ask(register, {
      body: { username: 'Alice.A', password: PASSWORD, email: 'Alice@Example.org' },
    })

    expect(answer.status).toBe(201)
    const { user, accessToken, expiresIn } = AuthResult.parse(answer.body.data)
    expect(user).toMatchObject({
      username: 'alice.a',
      displayName: 'alice.a',
      email: 'alice@example.org',
      emailVerified: false,
      role: 'user',
      privacy: { presence: 'everyone', readReceipts: true },
    })
    expect(expiresIn).toBe(900)
    const me = await api.open.ask(verifyUser, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect(JSON.parse(String(me.headers['x-user-payload']))).toEqual({
      userId: user.id,
      username: 'alice.a',
    })
  })
})
