/** One piece of a letter, from top to bottom. Texts may hold what people wrote: they are escaped where they are written. */
export type Block =
  | { kind: 'text'; text: string }
  /** Set large, to be read and typed. */
  | { kind: 'code'; code: string }
  | { kind: 'link'; label: string; url: string }
  | { kind: 'list'; items: readonly string[] }
  /** What stands below the line at the end. */
  | { kind: 'small'; text: string }
  | { kind: 'small-link'; label: string; url: string }

/** A mail before it is written as text and as HTML, which say the same. */
export type Letter = { language: string; subject: string; blocks: readonly Block[] }

/** Control characters, line and paragraph separators, and marks that turn the direction of what follows. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** One line of what somebody wrote: it cannot pretend to be more than a word in our sentence. */
export const oneLine = (text: string): string => text.replace(UNSEEN, ' ').trim()

/** Makes text safe inside HTML and inside its attributes. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** The letter as plain text. */
export function writeText({ blocks }: Letter): string {
  const paragraphs = blocks.map((block) => {
    switch (block.kind) {
      case 'code':
        return `    ${block.code}`
      case 'link':
      case 'small-link':
        return `${block.label}:\n${block.url}`
      case 'list':
        return block.items.map((item) => `- ${item}`).join('\n')
      default:
        return block.text
    }
  })
  const isSmall = ({ kind }: Block): boolean => kind === 'small' || kind === 'small-link'
  const line = blocks.findIndex(isSmall)
  // The signature mark, so that mail programs fold what follows.
  if (line >= 0) paragraphs.splice(line, 0, '-- ')
  return `${paragraphs.join('\n\n').replace('-- \n\n', '-- \n')}\n`
}

const MARKS = 'border:1px solid;border-radius:6px'
const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif'

/**
 * The letter as HTML. It sets no colours and loads nothing, so it is readable on a dark ground as well, and opening it
 * tells nobody anything.
 */
export function writeHtml({ language, subject, blocks }: Letter): string {
  return [
    '<!doctype html>',
    `<html lang="${escapeHtml(language)}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="supported-color-schemes" content="light dark">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    '<body style="margin:0;padding:24px">',
    `<div style="max-width:36em;margin:0 auto;${FONT};font-size:16px;line-height:1.5">`,
    ...blocks.map(writeBlock),
    '</div>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function writeBlock(block: Block): string {
  switch (block.kind) {
    case 'code':
      return `<p style="font-size:28px;letter-spacing:4px;font-family:monospace"><strong>${escapeHtml(block.code)}</strong></p>`
    case 'link':
      return `<p><a href="${escapeHtml(block.url)}" style="${MARKS};display:inline-block;padding:10px 18px">${escapeHtml(block.label)}</a></p>`
    case 'small-link':
      return `<p style="font-size:13px"><a href="${escapeHtml(block.url)}">${escapeHtml(block.label)}</a></p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`
    case 'small':
      return `<p style="font-size:13px">${escapeHtml(block.text)}</p>`
    default:
      return `<p>${escapeHtml(block.text)}</p>`
  }
}
