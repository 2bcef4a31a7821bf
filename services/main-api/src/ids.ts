export { newId } from '@sup/service-kit/ids'
