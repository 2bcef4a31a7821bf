import { describe, expect, it } from '@jest/globals'
import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto'
import { encryptForBrowser } from './encrypt-for-browser.js'

// The keys of the example in RFC 8291, appendix A.
const PRIVATE = 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'
const PUBLIC =
  'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'
const AUTH = 'BTBZMqHH6r4Tts7J_aSIgg'

/** What the browser of the example makes of a body. */
function read(body: Buffer): string {
  const browser = createECDH('prime256v1')
  browser.setPrivateKey(PRIVATE, 'base64url')
  const salt = body.subarray(0, 16)
  const theirs = body.subarray(21, 86)
  const sealed = body.subarray(86)
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), theirs])
  const shared = browser.computeSecret(theirs)
  const secret = Buffer.from(hkdfSync('sha256', shared, Buffer.from(AUTH, 'base64url'), info, 32))
  const key = hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12)
  const decipher = createDecipheriv('aes-128-gcm', Buffer.from(key), Buffer.from(nonce))
  decipher.setAuthTag(sealed.subarray(-16))
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  expect(plain.at(-1)).toBe(2)
  return plain.subarray(0, -1).toString()
}

// The example's own body, made with its salt and the key of its server: our reader is held against the RFC first.
const EXAMPLE =
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'

describe('encryptForBrowser', () => {
  it('writes what the reader of the RFC reads', () => {
    expect(read(Buffer.from(EXAMPLE, 'base64url'))).toBe(
      'When I grow up, I want to be a watermelon',
    )
    const text = JSON.stringify({ kind: 'message', text: 'Grüße' })
    expect(read(encryptForBrowser({ p256dh: PUBLIC, auth: AUTH }, text))).toBe(text)
  })

  it('says nothing twice in the same way', () => {
    const keys = { p256dh: PUBLIC, auth: AUTH }
    expect(encryptForBrowser(keys, 'x')).not.toEqual(encryptForBrowser(keys, 'x'))
  })

  it('refuses a key that is no point of the curve', () => {
    const p256dh = Buffer.alloc(65, 4).toString('base64url')
    expect(() => encryptForBrowser({ p256dh, auth: AUTH }, 'x')).toThrow()
  })
})
