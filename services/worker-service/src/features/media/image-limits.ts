/** What a picture may be (wire-contract 15.2, RELIABILITY 2.10). */
export const IMAGE_LIMITS = {
  /** Of one frame. */
  pixels: 40_000_000,
  frames: 1000,
  /** Of all frames of an animation together. */
  animationPixels: 400_000_000,
  /** For each pass over the pixels. */
  passSeconds: 10,
} as const

export const THUMBNAIL_SIZE = 200
export const PREVIEW_SIZE = 1600

/** Names in the folder of a job: what is handed in, and what is made of it. */
export const FILES = {
  input: 'input',
  clean: 'clean',
  poster: 'poster.png',
  thumbnail: 'thumbnail.jpg',
  preview: 'preview.jpg',
} as const
