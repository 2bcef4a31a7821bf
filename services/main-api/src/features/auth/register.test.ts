import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AuthResult, listDevices, register, verifyUser } from '@sup/types'
import { type TestApi, startTestApi } from '../../../test/start.js'

const password = 'correct horse battery staple'

describe('register', () => {
  let api: TestApi
  beforeAll(async () => {
    api = await startTestApi()
  })
  afterAll(() => api.stop())

  it('makes an account and logs its owner in', async () => {
    const answer = await api.open.ask(register, {
      body: { username: 'Alice.A', password, email: 'Alice@Example.org', phone: '+49 (30) 901820' },
    })

    expect(answer.status).toBe(201)
    const { user, accessToken, expiresIn } = AuthResult.parse(answer.body.data)
    expect(user).toMatchObject({
      username: 'alice.a',
      displayName: 'alice.a',
      email: 'alice@example.org',
      emailVerified: false,
      phone: '+4930901820',
      phoneVerified: false,
      role: 'user',
      privacy: { presence: 'everyone', readReceipts: true },
    })
    expect(expiresIn).toBe(900)
    const alice = api.open.with({ authorization: `Bearer ${accessToken}` })
    const me = await alice.ask(verifyUser)
    expect(JSON.parse(String(me.headers['x-user-payload']))).toEqual({
      userId: user.id,
      username: 'alice.a',
    })
    expect(await alice.call(listDevices)).toMatchObject([
      { deviceNumber: 1, name: 'Unknown device', platform: 'other', hasKeys: false, current: true },
    ])
  })

  it('refuses a taken username in any case, and reserved ones, in the same words', async () => {
    await api.open.call(register, { body: { username: 'bob', password } })

    for (const username of ['bob', 'BOB', 'admin', 'Support']) {
      const { status, body } = await api.open.ask(register, { body: { username, password } })
      expect([status, body.error]).toMatchObject([
        409,
        {
          code: 'ALREADY_EXISTS',
          details: [{ path: 'username', message: 'is taken: choose another' }],
        },
      ])
    }
  })

  it('gives a username to one of several that ask at once', async () => {
    const attempts = await Promise.all(
      [1, 2, 3, 4].map(() => api.open.ask(register, { body: { username: 'carol', password } })),
    )

    expect(attempts.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
  })

  it('does not tell whether an e-mail address or a phone number is known', async () => {
    const address = { email: 'dave@example.org', phone: '+1 212 555 2368' }
    const first = await api.open.ask(register, { body: { username: 'dave', password, ...address } })
    await api.deps.db.none(
      'UPDATE users SET email_verified = true, phone_verified = true WHERE username = $1',
      ['dave'],
    )
    const second = await api.open.ask(register, {
      body: { username: 'dave2', password, ...address },
    })

    expect([first.status, second.status]).toEqual([201, 201])
    expect(Object.keys(second.body.data.user).sort()).toEqual(
      Object.keys(first.body.data.user).sort(),
    )
  })

  it.each([
    ['password', 'a common password', { password: 'P@ssw0rd123' }],
    ['password', 'a password that holds the username', { password: 'xx-EVE-xx-17' }],
    ['password', 'a short password', { password: '1a9x!zq' }],
    ['password', 'a long password', { password: 'x9'.repeat(65) }],
    ['password', 'a password with NUL', { password: 'correct\u0000horse' }],
    ['username', 'a short username', { username: 'ab' }],
    ['username', 'a username with a blank', { username: 'eve x' }],
    ['email', 'no e-mail address', { email: 'eve@' }],
    ['phone', 'no phone number', { phone: '12345' }],
    ['phone', 'a phone number inside a text', { phone: 'call +49 30 901820' }],
    ['displayName', 'an empty name', { displayName: '' }],
    ['displayName', 'a lone surrogate', { displayName: '\ud800' }],
    ['device.id', 'a device id of a wrong form', { device: { id: '1' } }],
    ['device.platform', 'an unknown platform', { device: { platform: 'toaster' } }],
  ])('refuses at %s %s', async (path, _what, wrong) => {
    const body = { username: 'eve', password, ...wrong }

    const answer = await api.open.askWrong(register, body)

    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path }] })
  })

  it('takes any characters in a password, counted as people count them', async () => {
    // 128 code points, 512 bytes: nothing of it may be cut off.
    const long = '🦀'.repeat(127)
    await api.open.call(register, { body: { username: 'frank', password: `${long}🐍` } })

    const logIn = { method: 'post', path: '/api/v1/auth/login' } as const
    const ask = (end: string) =>
      api.open.askWrong({ ...register, ...logIn }, { username: 'frank', password: long + end })
    expect((await ask('🐍')).status).toBe(200)
    expect((await ask('🐢')).status).toBe(401)
  })

  it('stores names composed, the form in which their length is counted', async () => {
    const decomposed = 'e\u0301'.repeat(64)

    const { user } = await api.open.call(register, {
      body: { username: 'grace', password, displayName: decomposed, device: { name: decomposed } },
    })

    expect(user.displayName).toBe('é'.repeat(64))
  })

  it('ignores members it does not know', async () => {
    const { status, body } = await api.open.askWrong(register, {
      username: 'heidi',
      password,
      role: 'admin',
      emailVerified: true,
    })

    expect([status, body.data.user.role, body.data.user.emailVerified]).toEqual([
      201,
      'user',
      false,
    ])
  })
})

describe('register while registration is not open', () => {
  it.each(['closed', 'invite'])('refuses with FORBIDDEN when it is %s', async (mode) => {
    const api = await startTestApi({ env: { REGISTRATION_MODE: mode } })
    try {
      const body = { username: 'ivan', password, inviteCode: 'guessed' }
      const answer = await api.open.ask(register, { body })
      expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN'])
    } finally {
      await api.stop()
    }
  })
})
