import type { Client } from '@sup/sdk'
import type { Chat, MediaFile, MediaType } from '@sup/types'
import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Context } from './context.js'
import { CliError, EXIT } from './exit-codes.js'

type Kind = { type: MediaType; mimeType: string }

const FILE: Kind = { type: 'file', mimeType: 'application/octet-stream' }

/** What a file claims to be by its name; the server looks at the bytes. */
const KINDS: Readonly<Record<string, Kind>> = {
  '.jpg': { type: 'image', mimeType: 'image/jpeg' },
  '.jpeg': { type: 'image', mimeType: 'image/jpeg' },
  '.png': { type: 'image', mimeType: 'image/png' },
  '.gif': { type: 'image', mimeType: 'image/gif' },
  '.webp': { type: 'image', mimeType: 'image/webp' },
  '.avif': { type: 'image', mimeType: 'image/avif' },
  '.heic': { type: 'image', mimeType: 'image/heic' },
  '.mp4': { type: 'video', mimeType: 'video/mp4' },
  '.webm': { type: 'video', mimeType: 'video/webm' },
  '.mov': { type: 'video', mimeType: 'video/quicktime' },
  '.mp3': { type: 'audio', mimeType: 'audio/mpeg' },
  '.m4a': { type: 'audio', mimeType: 'audio/mp4' },
  '.ogg': { type: 'audio', mimeType: 'audio/ogg' },
  '.wav': { type: 'audio', mimeType: 'audio/wav' },
  '.flac': { type: 'audio', mimeType: 'audio/flac' },
}

const kindOf = (path: string): Kind => KINDS[extname(path).toLowerCase()] ?? FILE

/**
 * Uploads a file for a chat, showing how far it is. Ctrl-C leaves what has arrived: sending the same file again
 * goes on from there.
 *
 * @throws CliError when the file cannot be read, or the chat wants it encrypted.
 */
export async function uploadForChat(
  context: Context,
  client: Client,
  { chat, path }: { chat: Chat; path: string },
): Promise<MediaFile> {
  if (chat.encryption === 'e2ee') {
    throw new CliError(
      EXIT.failure,
      'This chat is end-to-end encrypted, and this version cannot encrypt files',
      'Send it in a managed chat, or wait for a version that encrypts.',
    )
  }
  await checkReadable(path)
  const fileName = basename(path)
  const options = { ...kindOf(path), fileName, onProgress: showProgress(context, fileName) }
  return client.media.upload(await openAsBlob(path), options).done
}

async function checkReadable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw new CliError(EXIT.usage, `There is no file ${path}`)
  if (!found.isFile()) throw new CliError(EXIT.usage, `${path} is not a file`)
  if (found.size === 0) throw new CliError(EXIT.usage, `${path} is empty`)
}

type Progress = { sentBytes: number; totalBytes: number }

/** One line on standard error that is rewritten, for people only. */
export function showProgress(
  { terminal, print, isInteractive }: Pick<Context, 'terminal' | 'print' | 'isInteractive'>,
  name: string,
): (progress: Progress) => void {
  if (print.isJson || !isInteractive) return () => undefined
  return ({ sentBytes, totalBytes }) => {
    const percent = totalBytes === 0 ? 100 : Math.floor((sentBytes / totalBytes) * 100)
    const end = sentBytes >= totalBytes ? '\n' : ''
    terminal.stderr.write(`\r${name}  ${String(percent)} % of ${sizeText(totalBytes)}${end}`)
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `1.5 MiB`. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`
}
