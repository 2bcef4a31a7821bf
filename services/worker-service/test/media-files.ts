import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

const run = promisify(execFile)

/** A picture with something to see in it: two colours. */
export const picture = (width = 640, height = 480) =>
  sharp({ create: { width, height, channels: 3, background: '#d04020' } }).composite([
    {
      input: {
        create: {
          width: Math.ceil(width / 2),
          height: Math.ceil(height / 2),
          channels: 3,
          background: '#2040d0',
        },
      },
      left: 0,
      top: 0,
    },
  ])

/** A photo as a phone stores it: lying on its side, with the place where it was taken. */
export const phonePhoto = (): Promise<Buffer> =>
  picture()
    .jpeg()
    .withMetadata({ orientation: 6 })
    .withExif({
      IFD0: { Make: 'Testphone' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
    })
    .withMetadata({ orientation: 6 })
    .toBuffer()

/** Runs ffmpeg on its own test sources and returns the file it wrote. */
export async function recorded(name: string, args: readonly string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'sup-media-test-'))
  const file = join(folder, name)
  try {
    await run('ffmpeg', ['-v', 'error', '-nostdin', ...args, file])
    return await readFile(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const screen = (seconds: number, size: string): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=duration=${seconds}:size=${size}:rate=25`],
]
const tone = (seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
]

/** A film from a phone: H.264 and AAC, the index at the end, with a place in it. */
export const phoneFilm = (seconds = 2): Promise<Buffer> =>
  recorded('film.mp4', [
    ...screen(seconds, '320x240'),
    ...tone(seconds),
    ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ...['-movflags', 'use_metadata_tags'],
    ...['-metadata', 'location=+51.5000-000.1200/', '-metadata', 'comment=at home'],
  ])

/** A film from a browser: VP8 and Opus. */
export const webmFilm = (seconds = 2, size = '320x240'): Promise<Buffer> =>
  recorded('film.webm', [
    ...screen(seconds, size),
    ...tone(seconds),
    ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'],
  ])

/** A voice message from a browser. */
export const webmVoice = (seconds = 3): Promise<Buffer> =>
  recorded('voice.webm', [...tone(seconds), '-c:a', 'libopus'])

export const mp3Song = (seconds = 3): Promise<Buffer> =>
  recorded('song.mp3', [...tone(seconds), '-c:a', 'libmp3lame'])

/** 400 million pixels in a few kilobytes. */
export function pngBomb(side = 20_000): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 1
  const rows = Buffer.alloc(side * (1 + Math.ceil(side / 8)))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** A GIF of so many frames that say how large they are and hold one pixel each. */
export function gif(width: number, height: number, frames: number): Buffer {
  const head = Buffer.alloc(13)
  head.write('GIF89a', 'latin1')
  head.writeUInt16LE(width, 6)
  head.writeUInt16LE(height, 8)
  head[10] = 0x80
  const colours = Buffer.from([0, 0, 0, 255, 255, 255])
  const control = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0])
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0])
  head.copy(frame, 5, 6, 10)
  const all = Array.from({ length: frames }, () => Buffer.concat([control, frame]))
  return Buffer.concat([head, colours, ...all, Buffer.from([0x3b])])
}

/** A picture that is a page too: its comment holds a script. */
export function gifPage(): Buffer {
  const page = Buffer.from('<script>alert(1)</script>', 'latin1')
  const comment = Buffer.concat([Buffer.from([0x21, 0xfe, page.length]), page, Buffer.from([0])])
  const plain = gif(1, 1, 1)
  return Buffer.concat([plain.subarray(0, 19), comment, plain.subarray(19)])
}

export const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
)

/** Texts that ffmpeg would follow to other files and hosts if it were left to guess. */
export const PLAYLISTS = {
  hls: '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
  concat: "ffconcat version 1.0\nfile '/etc/passwd'\n",
  sdp: 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
  dash: '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
} as const
