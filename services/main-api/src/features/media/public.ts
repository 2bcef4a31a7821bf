export { choosePicture, pictureFiles } from './choose-picture.js'
export { eraseUnused } from './erase-unused.js'
export { type Carrier, type FilesOf, readFiles } from './read-files.js'
