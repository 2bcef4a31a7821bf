import { describe, expect, it } from '@jest/globals'
import { type MailData, MailKind } from '@sup/types'
import { MAIL_LANGUAGES, wordsFor } from './languages.js'
import { type Letter, escapeHtml, oneLine, writeHtml, writeText } from './letter.js'
import { linksOf } from './links.js'
import { writeLetter } from './write-letter.js'

const LINKS = linksOf('https://sup.example.org/')
const AT = '2025-11-20T09:30:00.000Z'
/** What somebody may call themselves, their device or their chat. */
const EVIL = `<img src=x onerror="alert('1')">\r\nBcc: all@example.org\u202e&`
const name = EVIL
const unsubscribeToken = 'un-subscribe_token'
const missed = {
  name,
  chats: [
    { name: EVIL, unread: 3 },
    { name: '', unread: 1 },
  ],
  moreChats: 2,
  encryptedChats: 4,
  unsubscribeToken,
}

const CONTENT: { [K in MailKind]: MailData<K>[] } = {
  'verify-email': [{ name, code: '402817', token: 'verify-token', expiresAt: AT }],
  'password-reset': [{ name, token: 'reset-token', expiresAt: AT }],
  'security-notice': [
    { name, event: 'new-login', at: AT, deviceName: EVIL, address: '192.0.2.0/24' },
    { name, event: 'new-login', at: AT, deviceName: 'Pixel' },
    { name, event: 'address-used', at: AT },
  ],
  'new-message': [missed],
  digest: [missed, { ...missed, chats: [], moreChats: 0 }],
  'account-deletion': [{ name, deletedAt: AT }],
  'export-ready': [{ name, url: 'https://sup.example.org/x?a=1&b=2', expiresAt: AT }],
}

const writeAll = (language: string): [MailKind, Letter][] =>
  MailKind.options.flatMap((kind) =>
    CONTENT[kind].map((data): [MailKind, Letter] => [
      kind,
      writeLetter(wordsFor(language), {
        kind,
        data: data,
        links: LINKS,
      }),
    ]),
  )

describe.each(MAIL_LANGUAGES)('letters in %s', (language) => {
  const letters = writeAll(language)

  it('have a subject of one line without anybody else’s words', () => {
    for (const [, { subject }] of letters) {
      expect(subject).toMatch(/^[^\p{Cc}<>]{4,70}$/u)
      expect(subject).not.toContain('img')
    }
  })

  it('escape everything that people wrote, and load nothing', () => {
    for (const [, letter] of letters) {
      const html = writeHtml(letter)
      expect(html).not.toContain('<img')
      expect(html).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
      const tags = [...html.matchAll(/<(\w+)/g)].map((match) => match[1])
      const known = 'html head meta title body div p a ul li strong'.split(' ')
      expect(tags.filter((tag) => !known.includes(tag ?? ''))).toEqual([])
      expect(html).toContain(`<html lang="${language}">`)
      // Readable on a dark ground: no colour is set anywhere.
      expect(html).toContain('content="light dark"')
      expect(html).not.toMatch(/[^-]color:|background/)
    }
  })

  it('keep what people wrote on its line in the text', () => {
    for (const [, letter] of letters) {
      const text = writeText(letter)
      expect(text).not.toMatch(/^Bcc:/m)
      expect(text).not.toMatch(/[\r\u202e]/)
      expect(text.endsWith('\n')).toBe(true)
    }
  })

  it('say the same in both parts', () => {
    for (const [, letter] of letters) {
      const [text, html] = [writeText(letter), writeHtml(letter)]
      for (const block of letter.blocks) {
        const parts = Object.values(block).flat().slice(1)
        for (const part of parts) {
          expect(text).toContain(part)
          expect(html).toContain(escapeHtml(part))
        }
      }
    }
  })

  it('name what they are about', () => {
    const textsOf = (kind: MailKind): string[] =>
      letters.filter(([one]) => one === kind).map(([, letter]) => writeText(letter))
    expect(textsOf('verify-email')[0]).toContain('    402817\n')
    expect(textsOf('verify-email')[0]).toContain(
      'https://sup.example.org/verify#token=verify-token',
    )
    expect(textsOf('password-reset')[0]).toContain(
      'https://sup.example.org/reset-password#token=reset-token',
    )
    expect(textsOf('security-notice')[0]).toContain('192.0.2.0/24')
    expect(textsOf('security-notice')[1]).toContain('Pixel')
    for (const kind of ['digest', 'new-message'] as const) {
      expect(textsOf(kind)[0]).toContain(
        `https://sup.example.org/unsubscribe#token=${unsubscribeToken}`,
      )
      expect(textsOf(kind)[0]).toMatch(/- .*3.*\n- .*1.*\n- .*2\n- .*4\n/)
    }
    expect(textsOf('export-ready')[0]).toContain('https://sup.example.org/x?a=1&b=2')
    expect(textsOf('account-deletion')[0]).toContain('2025')
  })
})

describe('the words of a letter', () => {
  it('are those of the language, else English', () => {
    expect(wordsFor('de-CH').language).toBe('de')
    expect(wordsFor('zh_Hant').language).toBe('zh')
    expect(wordsFor('FR').language).toBe('fr')
    for (const other of ['pt-BR', '', 'constructor', '__proto__', 'x'.repeat(35)]) {
      expect(wordsFor(other).language).toBe('en')
    }
  })

  it('are complete and of their own in every language', () => {
    const texts = (words: unknown): string[] =>
      Object.values(words as object).flatMap((value: unknown) =>
        typeof value === 'string' ? [value] : typeof value === 'object' ? texts(value) : [],
      )
    const english = texts(wordsFor('en')).slice(1)
    for (const language of MAIL_LANGUAGES.filter((one) => one !== 'en')) {
      const own = texts(wordsFor(language)).slice(1)
      expect(own).toHaveLength(english.length)
      const same = own.filter((text) => english.includes(text))
      expect(same.filter((text) => text !== 'Chat')).toEqual([])
    }
  })
})

describe('oneLine', () => {
  it('leaves words and takes what steers', () => {
    expect(oneLine('  Zoë  中文 🎉\t\r\n\u0000\u2028x\u202ey ')).toBe('Zoë  中文 🎉 x y')
  })
})
