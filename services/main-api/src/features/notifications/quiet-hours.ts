import type { QuietHours } from '@sup/types'

/**
 * Whether it is quiet for somebody now, by the clock on their wall: from the minute `from` up to, but not
 * including, the minute `to`. The same time twice is never quiet.
 */
export function isQuiet({ from, to, timeZone }: QuietHours, now: Date): boolean {
  const time = wallClock(timeZone, now)
  return from <= to ? from <= time && time < to : from <= time || time < to
}

/** `HH:MM`. */
const wallClock = (timeZone: string, now: Date): string =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(now)
