import type { MailData, MailKind } from '@sup/types'
import { type Block, type Letter, oneLine } from './letter.js'
import type { Links } from './links.js'
import type { Words } from './words.js'

type Body = { subject: string; blocks: Block[] }
type Writer<K extends MailKind> = (words: Words, data: MailData<K>, links: Links) => Body

const text = (value: string): Block => ({ kind: 'text', text: value })
const link = (label: string, url: string): Block => ({ kind: 'link', label, url })

const verifyEmail: Writer<'verify-email'> = (words, { code, token, expiresAt }, links) => {
  const { subject, intro, link: label, life, ignore } = words.verifyEmail
  return {
    subject,
    blocks: [
      text(intro),
      { kind: 'code', code },
      link(label, links.verify(token)),
      text(life(timeOf(words, expiresAt))),
      text(ignore),
    ],
  }
}

const passwordReset: Writer<'password-reset'> = (words, { token, expiresAt }, links) => {
  const { subject, intro, link: label, life, ignore } = words.passwordReset
  return {
    subject,
    blocks: [
      text(intro),
      link(label, links.resetPassword(token)),
      text(life(timeOf(words, expiresAt))),
      text(ignore),
    ],
  }
}

const securityNotice: Writer<'security-notice'> = (words, data, links) => {
  const time = timeOf(words, data.at)
  const home = link(words.missed.open, links.home)
  if (data.event === 'address-used') {
    const { subject, intro, advice } = words.addressUsed
    return { subject, blocks: [text(intro(time)), text(advice)] }
  }
  const { subject, intro, advice, ...line } = words.newLogIn
  const items = [
    line.device(oneLine(data.deviceName)),
    line.time(time),
    ...(data.address === undefined ? [] : [line.address(data.address)]),
  ]
  return { subject, blocks: [text(intro), { kind: 'list', items }, text(advice), home] }
}

/** Both kinds about missed messages: names and counts of managed chats, a count of encrypted ones. */
const missed =
  (head: 'newMessage' | 'digest') =>
  (words: Words, data: MailData<'new-message' | 'digest'>, links: Links): Body => {
    const { missed: line } = words
    const { subject, intro } = words[head]
    const items = [
      ...data.chats.map(({ name, unread }) => line.chat(oneLine(name) || line.nameless, unread)),
      ...(data.moreChats > 0 ? [line.moreChats(data.moreChats)] : []),
      ...(data.encryptedChats > 0 ? [line.encryptedChats(data.encryptedChats)] : []),
    ]
    return {
      subject,
      blocks: [
        text(intro),
        { kind: 'list', items },
        link(line.open, links.home),
        { kind: 'small', text: line.why },
        { kind: 'small-link', label: line.stop, url: links.unsubscribe(data.unsubscribeToken) },
      ],
    }
  }

const accountDeletion: Writer<'account-deletion'> = (words, { deletedAt }, links) => {
  const { subject, intro, advice } = words.accountDeletion
  return {
    subject,
    blocks: [
      text(intro(timeOf(words, deletedAt))),
      text(advice),
      link(words.missed.open, links.home),
    ],
  }
}

const exportReady: Writer<'export-ready'> = (words, { url, expiresAt }) => {
  const { subject, intro, link: label, life } = words.exportReady
  return { subject, blocks: [text(intro), link(label, url), text(life(timeOf(words, expiresAt)))] }
}

const WRITERS: { [K in MailKind]: Writer<K> } = {
  'verify-email': verifyEmail,
  'password-reset': passwordReset,
  'security-notice': securityNotice,
  'new-message': missed('newMessage'),
  digest: missed('digest'),
  'account-deletion': accountDeletion,
  'export-ready': exportReady,
}

/** A mail of any kind in the words of a language. */
export function writeLetter<K extends MailKind>(
  words: Words,
  { kind, data, links }: { kind: K; data: MailData<K>; links: Links },
): Letter {
  const { subject, blocks } = WRITERS[kind](words, data, links)
  const sender: Block = { kind: 'small', text: words.sender(links.home) }
  return {
    language: words.language,
    subject,
    blocks: [text(words.hello(oneLine(data.name) || 'SUP')), ...blocks, sender],
  }
}

/** A time that says the same wherever it is read. */
function timeOf({ language }: Words, at: string): string {
  const format = new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  return `${format.format(new Date(at))} UTC`
}
