const KNOWN: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a folder, expected a file",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EIO: "the disk reports an input/output error",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "exists already",
  ENAMETOOLONG: "the name is too long",
};

/** What went wrong in words, one line, without errno noise. */
export function describeSystemError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const text = KNOWN[code] ?? (error instanceof Error ? error.message : String(error));
  return text.replace(/\s+/g, " ");
}
