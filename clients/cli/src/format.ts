/** Control characters could move the cursor, change colours or fake a prompt; bidi controls reorder. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text of other people as it may be written to a terminal. */
export const safe = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(UNSAFE, '\ufffd')

/** The same on one line. */
export const oneLine = (text: string, longest = Infinity): string => {
  const line = safe(text).replaceAll(/\s*\n\s*/g, ' ⏎ ')
  const characters = charactersOf(line)
  return characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** What a person takes for one character each: an emoji of several code points is one. */
const charactersOf = (text: string): string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment)

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\ufe0f]|\p{Emoji_Presentation}/u
const WITHOUT_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
const ESCAPES = /\u001b\[[0-9;]*m/g

/** How many columns a terminal needs for a text without line breaks. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of charactersOf(text.replaceAll(ESCAPES, ''))) {
    if (WITHOUT_WIDTH.test(character)) continue
    width += WIDE.test(character) ? 2 : 1
  }
  return width
}

/** How many rows a text takes on a terminal of that many columns. */
export function rowsOf(text: string, columns: number): number {
  return text
    .split('\n')
    .reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), 0)
}

const pad = (number: number): string => String(number).padStart(2, '0')

/** Hours and minutes here, with the date when it is not today. */
export function timeOf(at: string, now: Date): string {
  const time = new Date(at)
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}`
  if (time.toDateString() === now.toDateString()) return clock
  return `${String(time.getFullYear())}-${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${clock}`
}

/** Rows of cells with aligned columns; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) =>
    row
      .map((cell, i) =>
        i === row.length - 1 ? cell : cell + ' '.repeat((widths[i] ?? 0) - widthOf(cell)),
      )
      .join('  ')
      .trimEnd(),
  )
}
