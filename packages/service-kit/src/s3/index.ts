export { type Blob, type BlobInfo, type Blobs, createBlobs } from './blobs.js'
