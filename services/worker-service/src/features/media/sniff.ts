/** What the first bytes of a file say it is. */
export type Sniffed = {
  family: 'image' | 'container'
  /** The contract's MIME types that this may be called; QuickTime and MP4 are one format with many brands. */
  mimeTypes: readonly string[]
  /** The one demuxer that may open it: ffmpeg never guesses, so a playlist stays text. Only of containers. */
  demuxer?: string
}

/** As many bytes as `sniff` looks at. */
export const SNIFF_BYTES = 64

const image = (...mimeTypes: string[]): Sniffed => ({ family: 'image', mimeTypes })
const container = (demuxer: string, ...mimeTypes: string[]): Sniffed => ({
  family: 'container',
  mimeTypes,
  demuxer,
})

const JPEG = image('image/jpeg')
const PNG = image('image/png', 'image/apng')
const GIF = image('image/gif')
const WEBP = image('image/webp')
const AVIF = image('image/avif')
const HEIC = image('image/heic', 'image/heif')
const MP4 = container(
  'mov',
  'video/mp4',
  'video/quicktime',
  'audio/mp4',
  'audio/x-m4a',
  'audio/m4a',
)
const MATROSKA = container('matroska', 'video/webm', 'audio/webm')
const OGG = container('ogg', 'audio/ogg', 'audio/opus', 'application/ogg')
const WAV = container('wav', 'audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave')
const FLAC = container('flac', 'audio/flac', 'audio/x-flac')
const AAC = container('aac', 'audio/aac', 'audio/x-aac')
const MP3 = container('mp3', 'audio/mpeg', 'audio/mp3')

const MAGIC: readonly [start: string, found: Sniffed][] = [
  ['\xff\xd8\xff', JPEG],
  ['\x89PNG\r\n\x1a\n', PNG],
  ['GIF87a', GIF],
  ['GIF89a', GIF],
  ['\x1a\x45\xdf\xa3', MATROSKA],
  ['OggS', OGG],
  ['fLaC', FLAC],
  ['ID3', MP3],
]
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']
const AVIF_BRANDS = ['avif', 'avis']

/**
 * Decides by its first bytes what a file is; names and headers do not count.
 *
 * @param head At least `SNIFF_BYTES`, or the whole of a shorter file.
 * @returns Undefined for whatever is not on the list: text, SVG, playlists, archives, programs.
 */
export function sniff(head: Buffer): Sniffed | undefined {
  const text = head.toString('latin1')
  const fixed = MAGIC.find(([start]) => text.startsWith(start))
  return fixed?.[1] ?? sniffRiff(text) ?? sniffBrand(text) ?? sniffFrames(head)
}

function sniffRiff(text: string): Sniffed | undefined {
  if (!text.startsWith('RIFF')) return undefined
  return { WEBP, WAVE: WAV }[text.slice(8, 12)]
}

/** ISO base media: the brand, or the compatible ones behind it, tells pictures from films. */
function sniffBrand(text: string): Sniffed | undefined {
  if (text.slice(4, 8) !== 'ftyp') return undefined
  const size = text.charCodeAt(2) * 256 + text.charCodeAt(3)
  const brands = text.slice(8, Math.min(size, SNIFF_BYTES)).match(/.{4}/gs) ?? []
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return AVIF
  return HEIC_BRANDS.includes(brands[0] ?? '') ? HEIC : MP4
}

/** MPEG audio without a tag: its frames begin with eleven or twelve set bits. */
function sniffFrames(head: Buffer): Sniffed | undefined {
  const [first = 0, second = 0] = head
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined
  const layer = (second >> 1) & 3
  if (layer === 0) return (second & 0xf0) === 0xf0 ? AAC : undefined
  return MP3
}
