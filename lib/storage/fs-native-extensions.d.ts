declare module "fs-native-extensions" {
  /** Takes an exclusive lock on the open file; false where another open file of this or any process holds it. */
  export function tryLock(fd: number): boolean;
}
