export { FILE_COLUMNS, type FileRow, showFile } from './file-row.js'
export { fileStore } from './file-store.js'
export { type ReadableFile, findDownload } from './find-file.js'
export { publishState } from './publish-state.js'
