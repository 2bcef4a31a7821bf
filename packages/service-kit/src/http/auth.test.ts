import { describe, expect, it } from '@jest/globals'
import { invalidToken, tokenExpired } from '@sup/types'
import { ALICE } from '../../test/app.js'
import { AppError, NOBODY, bearerAuth, internalAuth, secretMatcher } from './index.js'

const token = { ...ALICE, expiresAt: 1 }
const user = { kind: 'user', ...ALICE }
const isRevoked = { isRevoked: () => true }

const bearer = (
  sessions: { isRevoked: () => boolean | Promise<boolean> } = { isRevoked: () => false },
) =>
  bearerAuth({
    verify: (text) => {
      if (text === 'good') return token
      throw new AppError(text === 'old' ? tokenExpired : invalidToken)
    },
    sessions,
  })

describe('bearerAuth', () => {
  it.each(['Bearer good', 'bearer good', 'Bearer   good '])(
    'recognises %j',
    async (authorization) => {
      expect(await bearer()({ authorization }, 'user')).toEqual(user)
    },
  )

  it.each([
    [undefined, 'UNAUTHORIZED'],
    ['Basic Zm9v', 'UNAUTHORIZED'],
    ['good', 'UNAUTHORIZED'],
    ['Bearer', 'INVALID_TOKEN'],
    ['Bearer ', 'INVALID_TOKEN'],
    ['Bearer bad', 'INVALID_TOKEN'],
    ['Bearer old', 'TOKEN_EXPIRED'],
  ])('answers %j with %s', async (authorization, code) => {
    const headers = authorization === undefined ? {} : { authorization }
    await expect(bearer()(headers, 'user')).rejects.toMatchObject({ code })
  })

  it('refuses a session that has ended, and says so', async () => {
    await expect(bearer(isRevoked)({ authorization: 'Bearer good' }, 'user')).rejects.toMatchObject(
      {
        code: 'UNAUTHORIZED',
        details: { reason: 'session_revoked' },
      },
    )
  })

  it('lets anybody through to an open endpoint, with what is known', async () => {
    expect(await bearer()({}, 'open')).toEqual({ kind: 'nobody' })
    expect(await bearer()({ authorization: 'Bearer good' }, 'open')).toEqual(user)
    expect(await bearer()({ authorization: 'Bearer old' }, 'open')).toMatchObject({
      kind: 'nobody',
      error: { code: 'TOKEN_EXPIRED' },
    })
  })

  it('fails closed when it cannot be known whether a session has ended', async () => {
    const auth = bearer({ isRevoked: () => Promise.reject(new Error('down')) })
    await expect(auth({ authorization: 'Bearer good' }, 'user')).rejects.toThrow('down')
    await expect(auth({ authorization: 'Bearer good' }, 'open')).rejects.toThrow('down')
  })

  it('lets nobody into the endpoints of services', async () => {
    await expect(bearer()({ authorization: 'Bearer good' }, 'service')).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    })
  })
})

describe('internalAuth', () => {
  const auth = internalAuth({ secrets: ['new-secret', 'old-secret'] })
  const asService = {
    'x-internal-secret': 'new-secret',
    'x-internal-caller': 'websocket-service',
  }

  it('recognises a service by any accepted secret', async () => {
    expect(await auth(asService, 'service')).toEqual({
      kind: 'service',
      service: 'websocket-service',
    })
    expect(
      await auth({ ...asService, 'x-internal-secret': 'old-secret' }, 'service'),
    ).toMatchObject({
      kind: 'service',
    })
  })

  it.each([undefined, '', 'new-secret ', 'new-secre', 'new-secret,old-secret'])(
    'refuses the secret %j everywhere',
    async (secret) => {
      const headers = { ...asService, 'x-internal-secret': secret }
      for (const kind of ['service', 'user', 'open'] as const) {
        await expect(auth(headers, kind)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
      }
    },
  )

  it('acts for the named user, and for nobody without one', async () => {
    const headers = { ...asService, 'x-on-behalf-of': ALICE.userId.toUpperCase() }
    expect(await auth(headers, 'user')).toMatchObject({
      onBehalfOf: { userId: ALICE.userId, deviceId: NOBODY },
    })
    expect(await auth({ ...headers, 'x-on-behalf-device': ALICE.deviceId }, 'user')).toMatchObject({
      onBehalfOf: { deviceId: ALICE.deviceId },
    })
    await expect(auth(asService, 'user')).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    await expect(auth({ ...asService, 'x-on-behalf-of': 'me' }, 'user')).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
    })
  })
})

describe('secretMatcher', () => {
  it('never matches an empty secret', () => {
    expect(secretMatcher([''])('')).toBe(false)
    expect(secretMatcher([])('')).toBe(false)
    expect(secretMatcher(['a', ''])('a')).toBe(true)
  })
})
