import type { Message } from '@sup/types'

/** Ids, times, hash and names of members of a message without content, generously. */
const FRAME_BYTES = 2048
/** JSON escapes one UTF-16 unit into at most six bytes. */
const MOST_BYTES_PER_UNIT = 6

/**
 * Cuts messages into parts of at most `maxItems` messages and `maxBytes` bytes of JSON; a larger message is
 * a part of its own. What surely fits is not measured, since measuring means encoding.
 */
export function splitBySize(
  messages: readonly Message[],
  maxBytes: number,
  maxItems: number,
): Message[][] {
  const sizeOf = surelyFits(messages, maxBytes) ? () => 0 : encodedBytes
  const parts: Message[][] = []
  let part: Message[] = []
  let bytes = 0
  for (const message of messages) {
    const size = sizeOf(message)
    if (part.length > 0 && (part.length >= maxItems || bytes + size > maxBytes)) {
      parts.push(part)
      part = []
      bytes = 0
    }
    part.push(message)
    bytes += size
  }
  if (part.length > 0) parts.push(part)
  return parts
}

function surelyFits(messages: readonly Message[], maxBytes: number): boolean {
  let units = 0
  for (const { content, encryptedContent, attachments, reactions, voice, poll } of messages) {
    // These are rare and of any size.
    if (attachments.length > 0 || reactions.length > 0 || voice || poll) return false
    units += encryptedContent.length + (content?.length ?? 0)
  }
  return units * MOST_BYTES_PER_UNIT + messages.length * FRAME_BYTES <= maxBytes
}

/** With the comma that follows it. */
const encodedBytes = (message: Message): number => Buffer.byteLength(JSON.stringify(message)) + 1
