/**
 * The part of a file system that a recorder needs, small enough that a test can make every single call fail.
 * Errors are Node's (`code`: ENOSPC, EACCES ...). Reading is not here: a reader never has to survive its own writes.
 */
export interface Fs {
  /** Creates a folder and its parents; resolves to the topmost one that did not exist, undefined when all did. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Names of what is in a folder. */
  list(path: string): Promise<readonly string[]>;
  /** Opens a new file for writing; EEXIST when there is one already. */
  create(path: string): Promise<WritableFile>;
  /** Atomic within one file system; replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Makes the bytes of a file that somebody else wrote survive a power cut. */
  syncFile(path: string): Promise<void>;
  /** Makes the entries of a folder (created, renamed) survive a power cut. */
  syncFolder(path: string): Promise<void>;
  /** Bytes that an ordinary user may still write to the file system of `path`. */
  freeBytes(path: string): Promise<number>;
  removeFile(path: string): Promise<void>;
  /** Only an empty one. */
  removeFolder(path: string): Promise<void>;
}

export interface WritableFile {
  /** Appends; resolves to how many bytes were taken, which on a disk that fills up is fewer than asked and no error. */
  write(bytes: Uint8Array): Promise<number>;
  /** Resolves when the bytes written so far, and the length needed to find them, survive a power cut. */
  dataSync(): Promise<void>;
  close(): Promise<void>;
}
