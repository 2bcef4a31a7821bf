export { type Blob, type BlobInfo, type Blobs, createBlobs } from './blobs.js'
export type { ListedBlob } from './listing.js'
export type { Multipart, OpenMultipart, StoredPart } from './multipart.js'
