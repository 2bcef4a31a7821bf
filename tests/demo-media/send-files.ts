import { createHash, randomBytes } from 'node:crypto'
import type { MediaFile, Message } from '@sup/types'
import type { Someone } from '../support/people.js'
import { until } from '../support/wait.js'
import type { Sample } from './samples.js'

/** What the sender's socket was told about a file, in order. */
export type FileNews = { statesOf: (fileId: string) => string[] }

export type Scene = {
  alice: Someone
  bob: Someone
  chatId: string
  news: FileNews
  say: (line: string) => void
}

export type Outcome = { messageIds: string[]; failures: string[] }

const READY_MS = 60_000
const THUMBNAIL_PIXELS = 200

/** Each file is uploaded, sent, processed, and read by the other person. */
export async function sendSamples(scene: Scene, samples: readonly Sample[]): Promise<Outcome> {
  const all: Outcome = { messageIds: [], failures: [] }
  for (const sample of samples) {
    const { message, failures } = await sendOne(scene, sample)
    all.messageIds.push(message.id)
    all.failures.push(...failures.map((failure) => `${sample.name}: ${failure}`))
  }
  return all
}

async function sendOne(
  scene: Scene,
  sample: Sample,
): Promise<{ message: Message; failures: string[] }> {
  const { alice, bob, chatId, news, say } = scene
  const { type, mimeType, name: fileName, bytes } = sample
  const source = new Blob([new Uint8Array(bytes)])
  const { id: fileId } = await alice.client.media.upload(source, { type, mimeType, fileName }).done
  const sending = await alice.client.messages.send(chatId, { type, attachments: [fileId] })
  await sending.stored()
  const message = await receive(bob, chatId, fileId)
  const file = await settled(alice, fileId)
  await until('the socket was told', () => news.statesOf(fileId).includes(file.state), READY_MS)
  const failures = [...judge(file, sample), ...(await judgeBytes(bob, file, sample))]
  say(`    ${fileName.padEnd(12)} ${describe(file)}; told: ${news.statesOf(fileId).join(', ')}`)
  return { message, failures }
}

/** The server sees a size and a digest, and gives back the same bytes. */
export async function sendSecret(scene: Scene): Promise<Outcome> {
  const { alice, bob, chatId, say } = scene
  const [bytes, small] = [randomBytes(3_000_000), randomBytes(5000)]
  const upload = alice.client.media.upload(new Blob([bytes]), {
    type: 'image',
    encrypted: true,
    thumbnail: new Blob([small]),
  })
  const { id: fileId } = await upload.done
  const type = 'image' as const
  const draft = { type, attachments: [fileId], encryptedContent: 'a2V5' }
  await (await alice.client.messages.send(chatId, draft)).stored()
  const message = await receive(bob, chatId, fileId)
  const file = await settled(bob, fileId)
  const got = await read((await bob.client.media.download(fileId)).body)
  const thumbnail = await read((await bob.client.media.thumbnail(fileId)).body)
  say(`    ${describe(file)}, thumbnail of ${thumbnail.length} bytes`)
  const rules: [string, boolean][] = [
    ['it is ready at once', file.state === 'ready'],
    ['nothing is known of it', file.mimeType === 'application/octet-stream' && !file.width],
    ['its bytes come back', got.equals(bytes)],
    ['its thumbnail comes back', thumbnail.equals(small)],
  ]
  return { messageIds: [message.id], failures: broken(rules) }
}

/** The message with the file, as the other person's device shows it. */
async function receive({ devices }: Someone, chatId: string, fileId: string): Promise<Message> {
  const [{ recorder }] = devices
  const find = (): Message | undefined =>
    recorder.messages(chatId).find(({ attachments }) => attachments.some(({ id }) => id === fileId))
  await recorder.until('the message with the file', () => find() !== undefined)
  const message = find()
  if (message === undefined) throw new Error('the message is gone again')
  return message
}

const settled = ({ client }: Someone, fileId: string): Promise<MediaFile> =>
  until(
    'the file is ready or rejected',
    async () => {
      const file = await client.media.get(fileId)
      return ['ready', 'rejected'].includes(file.state) && file
    },
    READY_MS,
  )

function judge(file: MediaFile, { expects }: Sample): string[] {
  const { state, rejectReason, width = 0, height = 0, durationMs = 0, waveform = [] } = file
  return broken([
    [`it is ready (${String(rejectReason)})`, state === 'ready'],
    ['its pixels are counted', !expects.pixels || (width > 0 && height > 0)],
    ['its duration is known', !expects.duration || durationMs > 0],
    ['it has a waveform', !expects.waveform || waveform.length >= 32],
    ['it has a thumbnail', expects.thumbnail === (file.thumbnailUrl !== undefined)],
  ])
}

/** What the other person gets: bytes with the digest that the file names, and a thumbnail of the right size. */
async function judgeBytes({ client }: Someone, file: MediaFile, sample: Sample): Promise<string[]> {
  if (file.state !== 'ready') return []
  const bytes = await read((await client.media.download(file.id)).body)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const rules: [string, boolean][] = [['its digest is right', digest === file.sha256]]
  if (sample.expects.thumbnail) {
    const size = jpegSize(await read((await client.media.thumbnail(file.id)).body))
    rules.push([
      `its thumbnail is 200 x 200, not ${size.join(' x ')}`,
      size.every((one) => one === THUMBNAIL_PIXELS),
    ])
  }
  return broken(rules)
}

const describe = ({
  mimeType,
  sizeBytes,
  state,
  width,
  height,
  durationMs,
  waveform,
}: MediaFile): string =>
  [
    `${mimeType}, ${sizeBytes.toLocaleString('en-GB')} bytes, ${state}`,
    ...(width === undefined || height === undefined ? [] : [`${width} x ${height}`]),
    ...(durationMs === undefined ? [] : [`${durationMs} ms`]),
    ...(waveform === undefined ? [] : [`${waveform.length} peaks`]),
  ].join(', ')

const broken = (rules: readonly [string, boolean][]): string[] =>
  rules.flatMap(([rule, isKept]) => (isKept ? [] : [`not so: ${rule}`]))

async function read(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  return Buffer.from(await new Response(body).arrayBuffer())
}

/** Width and height from the first frame header of a JPEG. */
export function jpegSize(bytes: Buffer): [number, number] {
  for (let at = 2; at + 9 < bytes.length;) {
    const marker = bytes.readUInt8(at + 1)
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return [0, 0]
}
