import type { Client, Download } from '@sup/sdk'
import type { MediaFile } from '@sup/types'
import type { Command } from 'commander'
import { createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { showProgress, sizeText } from '../files.js'
import { safe } from '../format.js'

/** Files of messages. */
export function addMediaCommands(program: Command, act: Act): void {
  const media = program.command('media').description('files: get, look at, delete')
  withExamples(
    media.command('get <fileId>').description('download a file; goes on where it was cut off'),
    ['sup media get 0192f0c1-…', 'into this folder, under its name'],
    ['sup media get 0192f0c1-… --out holiday.jpg', ''],
    ['sup media get 0192f0c1-… --out - | less', 'to standard output'],
  )
    .option('--out <path>', 'where to; - is standard output')
    .option('--force', 'replace a file that is there')
    .action(act(getMedia))

  withExamples(media.command('info <fileId>').description('what is known about a file'), [
    'sup media info 0192f0c1-…',
    '',
  ]).action(act(showInfo))

  withExamples(media.command('delete <fileId>').description('delete an own file everywhere'), [
    'sup media delete 0192f0c1-…',
    '',
  ]).action(act(remove))

  withExamples(media.command('quota').description('how much of the own storage is used'), [
    'sup media quota',
    '',
  ]).action(act(showQuota))
}

type GetOptions = { out?: string; force?: boolean }

async function getMedia(context: Context, fileId: string, options: GetOptions): Promise<void> {
  await withAccount(context, async (client) => {
    const file = await client.media.get(fileId)
    if (options.out === '-') {
      const { body } = await client.media.download(fileId)
      await pipeline(Readable.fromWeb(asNodeStream(body)), context.terminal.stdout, { end: false })
      return
    }
    const path = options.out ?? nameOf(file)
    if (options.force !== true && (await sizeOf(path)) !== undefined) {
      throw new CliError(EXIT.conflict, `${path} is there already`, 'Give --force or --out.')
    }
    await downloadTo(context, client, { file, path })
    const { sizeBytes } = file
    context.print.result({ fileId, path, sizeBytes }, `${path}  ${sizeText(sizeBytes)}`)
  })
}

/** Into a file beside it first, which a later run goes on with. */
async function downloadTo(
  context: Context,
  client: Client,
  { file, path }: { file: MediaFile; path: string },
): Promise<void> {
  const part = `${path}.${file.id}.part`
  const had = (await sizeOf(part)) ?? 0
  if (had < file.sizeBytes) {
    const download = await client.media.download(file.id, { from: had })
    const output = createWriteStream(part, { flags: download.from > 0 ? 'a' : 'w' })
    await pipeline(counted(context, download, path), output)
  }
  await rename(part, path)
}

async function* counted(
  context: Context,
  { body, from, sizeBytes }: Download,
  name: string,
): AsyncGenerator<Uint8Array> {
  const show = showProgress(context, name)
  let sentBytes = from
  for await (const chunk of Readable.fromWeb(asNodeStream(body))) {
    const bytes = chunk as Uint8Array
    sentBytes += bytes.length
    show({ sentBytes, totalBytes: sizeBytes })
    yield bytes
  }
}

type NodeStream = Parameters<typeof Readable.fromWeb>[0]

/** The same object: Node's types and the DOM's do not know each other. */
const asNodeStream = (body: ReadableStream<Uint8Array>): NodeStream => body as NodeStream

/** A name from outside names a file in this folder and nothing else. */
function nameOf({ id, fileName, mimeType }: MediaFile): string {
  const name = safe(fileName ?? '')
    .replaceAll(/[/\\]/g, '_')
    .replace(/^\.+/, '_')
    .trim()
  if (name !== '') return name
  const [, extension = 'bin'] = mimeType.split('/')
  return `${id}.${extension.replaceAll(/[^a-z0-9]/g, '') || 'bin'}`
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}

async function showInfo(context: Context, fileId: string): Promise<void> {
  await withAccount(context, async (client) => {
    const file = await client.media.get(fileId)
    const { type, mimeType, sizeBytes, state, rejectReason, width, height, durationMs } = file
    const details = [
      safe(file.fileName ?? file.id),
      `${type}, ${mimeType}, ${sizeText(sizeBytes)}`,
      rejectReason === undefined ? state : `${state}: ${rejectReason}`,
      ...(width === undefined || height === undefined ? [] : [`${width} x ${height} pixels`]),
      ...(durationMs === undefined ? [] : [`${(durationMs / 1000).toFixed(1)} s`]),
    ]
    context.print.result({ file }, details)
  })
}

async function remove(context: Context, fileId: string): Promise<void> {
  await withAccount(context, async (client) => {
    await client.media.remove(fileId)
    context.print.result({ fileId }, 'deleted')
  })
}

async function showQuota(context: Context): Promise<void> {
  await withAccount(context, async (client) => {
    const quota = await client.media.quota()
    const { usedBytes, limitBytes, fileCount } = quota
    const used = `${sizeText(usedBytes)} of ${sizeText(limitBytes)}`
    context.print.result(quota, `${used} used by ${String(fileCount)} files`)
  })
}
