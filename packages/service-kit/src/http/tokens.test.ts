import { describe, expect, it } from '@jest/globals'
import jsonwebtoken from 'jsonwebtoken'
import { createHmac } from 'node:crypto'
import { ALICE } from '../../test/app.js'
import { testClock } from '../clock/index.js'
import { AppError, signAccessToken, verifyAccessToken } from './index.js'

const NEW = 'the-new-secret-Lk3vQ9mXr27TzPwB1'
const OLD = 'the-old-secret-Ws8fYc5nHj64KdUa0'
const issuer = 'sup-messenger'
const START = '2026-01-01T00:00:00.000Z'
const NOW = Date.parse(START) / 1000

function setUp() {
  const clock = testClock(START)
  const verify = (token: string) => verifyAccessToken(token, { secrets: [NEW, OLD], issuer, clock })
  const sign = (secret = NEW) =>
    signAccessToken(ALICE, { secret, issuer, clock, expiresInSeconds: 900 })
  const codeOf = (token: string): string => {
    try {
      verify(token)
      return 'ok'
    } catch (err) {
      return err instanceof AppError ? String(err.code) : String(err)
    }
  }
  return { clock, verify, sign, codeOf }
}

const claims = {
  sub: ALICE.userId,
  sid: ALICE.sessionId,
  did: ALICE.deviceId,
  iss: issuer,
  aud: 'sup',
  iat: NOW,
  exp: NOW + 900,
  typ: 'access',
}
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with any header and claims, correctly signed with HMAC. */
function forge(header: object, body: object = claims, secret = NEW, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(body)}`
  return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`
}
const plain = { alg: 'HS256', typ: 'JWT' }

describe('signAccessToken', () => {
  it('has exactly the header and claims of the wire contract', () => {
    const [header = '', body = ''] = setUp().sign().split('.')
    expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"HS256","typ":"JWT"}')
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toEqual(claims)
  })
})

describe('verifyAccessToken', () => {
  it('says whose session it is and until when', () => {
    const { verify, sign } = setUp()
    expect(verify(sign())).toEqual({ ...ALICE, expiresAt: NOW + 900 })
  })

  it('accepts every active secret, and no other', () => {
    const { codeOf, sign } = setUp()
    expect(codeOf(sign(OLD))).toBe('ok')
    expect(codeOf(sign('another-secret-of-thirty-two-byte'))).toBe('INVALID_TOKEN')
  })

  it('has a leeway of 60 s', () => {
    const { clock, codeOf, sign } = setUp()
    const token = sign()
    const old = sign(OLD)
    clock.advance((900 + 59) * 1000)
    expect(codeOf(token)).toBe('ok')
    clock.advance(2000)
    expect(codeOf(token)).toBe('TOKEN_EXPIRED')
    expect(codeOf(old)).toBe('TOKEN_EXPIRED')
    expect(codeOf(forge(plain, { ...claims, iat: NOW + 1100, exp: NOW + 2000 }))).toBe(
      'INVALID_TOKEN',
    )
  })

  it.each([
    ['none', forge({ alg: 'none', typ: 'JWT' })],
    ['none without signature', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`],
    ['HS512', forge({ alg: 'HS512', typ: 'JWT' }, claims, NEW, 'sha512')],
    ['no alg', forge({ typ: 'JWT' })],
    ['no typ', forge({ alg: 'HS256' })],
    ['jku', forge({ ...plain, jku: 'https://evil.example' })],
    ['x5u', forge({ ...plain, x5u: 'https://evil.example' })],
    ['jwk', forge({ ...plain, jwk: { kty: 'oct', k: 'AA' } })],
    ['crit', forge({ ...plain, crit: ['exp'] })],
    ['kid', forge({ ...plain, kid: '../../dev/null' })],
    [
      'RS256',
      jsonwebtoken
        .sign(claims, NEW, { algorithm: 'HS256' })
        .replace(/^[^.]+/, encode({ alg: 'RS256', typ: 'JWT' })),
    ],
  ])('refuses the header %s', (_what, token) => {
    expect(setUp().codeOf(token)).toBe('INVALID_TOKEN')
  })

  it.each([
    ['another issuer', { iss: 'other' }],
    ['another audience', { aud: 'other' }],
    ['several audiences', { aud: ['sup', 'other'] }],
    ['another type', { typ: 'refresh' }],
    ['no type', { typ: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: '9999999999' }],
    ['a start in the future', { iat: NOW + 120 }],
    ['not yet valid', { nbf: NOW + 120 }],
    ['no session', { sid: undefined }],
    ['a user that is no id', { sub: 'admin' }],
  ])('refuses %s', (_what, change) => {
    expect(setUp().codeOf(forge(plain, { ...claims, ...change }))).toBe('INVALID_TOKEN')
  })

  it.each(
    [['', 'a', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'null.null.null', '\u0000.\u0000.\u0000']].flat(),
  )('refuses %j without a crash', (token) => {
    expect(setUp().codeOf(token)).toBe('INVALID_TOKEN')
  })

  it('refuses more than 8 KiB, even if well signed', () => {
    const { codeOf } = setUp()
    expect(codeOf(forge(plain, { ...claims, more: 'x'.repeat(5000) }))).toBe('ok')
    expect(codeOf(forge(plain, { ...claims, more: 'x'.repeat(7000) }))).toBe('INVALID_TOKEN')
  })

  it('refuses a changed claim', () => {
    const { codeOf, sign } = setUp()
    const [header = '', , signature = ''] = sign().split('.')
    expect(codeOf(`${header}.${encode({ ...claims, sub: ALICE.deviceId })}.${signature}`)).toBe(
      'INVALID_TOKEN',
    )
  })
})
