import type { SkipReason } from '@sup/types'
import { isQuiet } from './quiet-hours.js'
import type { Candidate, MemberCandidate } from './target-store.js'

/** About which message a device is told, or why it is not. */
export type Decision = { seq: number; skip?: SkipReason }

/**
 * The rules of wire-contract 4.12 and 13.2 for one device: what its owner wants comes before what they have
 * seen already, so that the trace names the reason that will hold next time too. Who wants to hear of mentions only
 * hears of nothing in an e2ee chat: the server sees no mentions there.
 */
export function decidePush(device: MemberCandidate, now: Date): Decision {
  const wanted = device.level === 'mentions' ? device.mentionSeq : device.loudSeq
  const seq = wanted ?? device.loudSeq ?? device.anySeq
  const skip =
    unwanted(device, now) ??
    seen(device, seq) ??
    (device.loudSeq === null ? 'silent' : wanted === null ? 'not_mentioned' : undefined)
  return { seq, ...(skip === undefined ? {} : { skip }) }
}

function unwanted(device: MemberCandidate, now: Date): SkipReason | undefined {
  if (!device.pushEnabled) return 'disabled'
  const isMuted =
    device.level === 'none' || isLater(device.offUntil, now) || isLater(device.mutedUntil, now)
  if (isMuted) return 'muted'
  return isQuietFor(device, now) ? 'quiet_hours' : undefined
}

function seen({ lastReadSeq, deliveredSeq }: MemberCandidate, seq: number): SkipReason | undefined {
  if (lastReadSeq >= seq) return 'read'
  return deliveredSeq >= seq ? 'delivered' : undefined
}

const isLater = (time: string | null, now: Date): boolean =>
  time !== null && Date.parse(time) > now.getTime()

function isQuietFor({ quietFrom: from, quietTo: to, timeZone }: Candidate, now: Date): boolean {
  return from !== null && to !== null && timeZone !== null && isQuiet({ from, to, timeZone }, now)
}
