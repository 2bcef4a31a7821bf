import { describe, expect, it } from '@jest/globals'
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { BadSealError, createSealer } from './seal.js'

const KEY = 'a key of this test that is long enough to be one'
const mail = createSealer(KEY, 'sup-mail-v1')

describe('createSealer', () => {
  it('unseals what it sealed', () => {
    for (const text of ['', 'x', 'ein längerer Text\n'.repeat(500)]) {
      expect(mail.unseal(mail.seal(text)).toString()).toBe(text)
    }
    const bytes = Buffer.from([0, 255, 128])
    expect(mail.unseal(mail.seal(bytes))).toEqual(bytes)
    expect(createSealer(KEY, 'sup-mail-v1').unseal(mail.seal('x')).toString()).toBe('x')
  })

  it('writes nonce, ciphertext and tag as the wire contract says', () => {
    const sealed = mail.seal('hello')
    expect(sealed).toHaveLength(12 + 5 + 16)
    const key = Buffer.from(hkdfSync('sha256', KEY, '', 'sup-mail-v1', 32))
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
    decipher.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
    expect(plain.toString()).toBe('hello')
  })

  it('never makes the same seal twice', () => {
    const seals = new Set(Array.from({ length: 100 }, () => mail.seal('hello').toString('hex')))
    expect(seals.size).toBe(100)
  })

  it('refuses another key, another purpose and every changed byte', () => {
    const sealed = mail.seal('hello')
    expect(() => createSealer(`${KEY}.`, 'sup-mail-v1').unseal(sealed)).toThrow(BadSealError)
    expect(() => createSealer(KEY, 'sup-push-v1').unseal(sealed)).toThrow(BadSealError)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => mail.unseal(changed)).toThrow(BadSealError)
    }
  })

  it('refuses what is too short to be a seal', () => {
    for (const length of [0, 12, 27]) {
      expect(() => mail.unseal(Buffer.alloc(length))).toThrow(BadSealError)
    }
    expect(() => mail.unseal(mail.seal('hello').subarray(0, -1))).toThrow(BadSealError)
  })
})
