import { describe, expect, it } from '@jest/globals'
import { createECDH, createPublicKey, verify } from 'node:crypto'
import { readVapid } from './vapid.js'

const ecdh = createECDH('prime256v1')
ecdh.generateKeys()
const privateKey = ecdh.getPrivateKey().toString('base64url').padStart(43, 'A')
const NOW = new Date('2025-11-20T09:30:00.000Z')

describe('readVapid', () => {
  it('derives the public key', () => {
    expect(readVapid(privateKey)?.publicKey).toBe(ecdh.getPublicKey().toString('base64url'))
  })

  it('signs who asks, for one push service and 12 hours', () => {
    const vapid = readVapid(privateKey)
    const text = vapid?.authorization({
      audience: 'https://push.example.org',
      subject: 'https://sup.example.org',
      now: NOW,
    })
    const [, token = '', key] = /^vapid t=([^,]+), k=(.+)$/.exec(text ?? '') ?? []
    expect(key).toBe(vapid?.publicKey)
    const [header = '', claims = '', signature = ''] = token.split('.')
    const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
    expect(read(header)).toEqual({ typ: 'JWT', alg: 'ES256' })
    expect(read(claims)).toEqual({
      aud: 'https://push.example.org',
      sub: 'https://sup.example.org',
      exp: NOW.getTime() / 1000 + 12 * 3600,
    })
    const point = ecdh.getPublicKey()
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    }
    const verifier = {
      key: createPublicKey({ format: 'jwk', key: jwk }),
      dsaEncoding: 'ieee-p1363' as const,
    }
    const signed = Buffer.from(`${header}.${claims}`)
    expect(verify('sha256', signed, verifier, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('refuses what is no key', () => {
    for (const text of ['', 'short', '_'.repeat(43), 'A'.repeat(43)]) {
      expect(readVapid(text)).toBeUndefined()
    }
  })
})
