/* A fake /sys/class/gpio: exported lines with direction, value, edge and active_low, and one chip with base, label and ngpio, so that the
 * unmodified npm package onoff runs without hardware. Every write goes to stderr: monotonic seconds, path=value.
 * Environment: FAKE_BASE (number of the chip's line 0), FAKE_LABEL, FAKE_DENY=1 (exports are not permitted). */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINES 1024
#define CHIP_LINES 54

static struct
{
  int exported, value, pending;
  char direction[8], edge[8];
  struct fuse_pollhandle *waiting;
} lines[LINES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int base, denied;
static const char *label;

enum kind
{
  NOTHING,
  ROOT,
  CONTROL,
  CHIP,
  CHIP_FILE,
  LINE,
  LINE_FILE
};

static enum kind parse(const char *path, int *number, char *file)
{
  char chip[32];
  if (!strcmp(path, "/"))
    return ROOT;
  if (!strcmp(path, "/export") || !strcmp(path, "/unexport") || !strcmp(path, "/.inject"))
  {
    strcpy(file, path + 1);
    return CONTROL;
  }
  snprintf(chip, sizeof chip, "/gpiochip%d", base);
  const size_t length = strlen(chip);
  if (!strcmp(path, chip))
    return CHIP;
  if (!strncmp(path, chip, length) && sscanf(path + length, "/%15s", file) == 1)
    return !strcmp(file, "base") || !strcmp(file, "label") || !strcmp(file, "ngpio") ? CHIP_FILE : NOTHING;
  enum kind kind = NOTHING;
  if (sscanf(path, "/gpio%d/%15s", number, file) == 2)
    kind = LINE_FILE;
  else if (sscanf(path, "/gpio%d", number) == 1)
    kind = LINE;
  if (kind == NOTHING || *number < 0 || *number >= LINES || !lines[*number].exported)
    return NOTHING;
  if (kind == LINE_FILE && strcmp(file, "value") && strcmp(file, "direction") && strcmp(file, "edge") && strcmp(file, "active_low"))
    return NOTHING;
  return kind;
}

static int get_attributes(const char *path, struct stat *stat, struct fuse_file_info *info)
{
  (void)info;
  int number = 0;
  char file[32] = "";
  memset(stat, 0, sizeof *stat);
  const enum kind kind = parse(path, &number, file);
  if (kind == NOTHING)
    return -ENOENT;
  const int folder = kind == ROOT || kind == CHIP || kind == LINE;
  stat->st_mode = folder ? S_IFDIR | 0755 : S_IFREG | 0666;
  stat->st_nlink = folder ? 2 : 1;
  stat->st_size = folder ? 0 : 4096;
  return 0;
}

static int list(const char *path, void *into, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                enum fuse_readdir_flags flags)
{
  (void)offset;
  (void)info;
  (void)flags;
  char name[32];
  if (strcmp(path, "/"))
    return 0;
  fill(into, "export", 0, 0, 0);
  fill(into, "unexport", 0, 0, 0);
  snprintf(name, sizeof name, "gpiochip%d", base);
  fill(into, name, 0, 0, 0);
  return 0;
}

static int open_file(const char *path, struct fuse_file_info *info)
{
  if (denied && !strcmp(path, "/export") && (info->flags & 3) != 0)
    return -EACCES;
  info->direct_io = 1;
  return 0;
}

static int truncate_file(const char *path, off_t size, struct fuse_file_info *info)
{
  (void)size;
  (void)info;
  return denied && !strcmp(path, "/export") ? -EACCES : 0;
}

static int read_file(const char *path, char *into, size_t size, off_t offset, struct fuse_file_info *info)
{
  (void)info;
  int number = 0;
  char file[32] = "", text[64] = "";
  const enum kind kind = parse(path, &number, file);
  pthread_mutex_lock(&lock);
  if (kind == CHIP_FILE)
  {
    if (!strcmp(file, "label"))
      snprintf(text, sizeof text, "%s\n", label);
    else
      snprintf(text, sizeof text, "%d\n", !strcmp(file, "base") ? base : CHIP_LINES);
  }
  else if (kind == LINE_FILE)
  {
    if (!strcmp(file, "value"))
    {
      snprintf(text, sizeof text, "%d\n", lines[number].value);
      lines[number].pending = 0;
    }
    else
      snprintf(text, sizeof text, "%s\n",
               !strcmp(file, "direction") ? lines[number].direction : !strcmp(file, "edge") ? lines[number].edge : "0");
  }
  pthread_mutex_unlock(&lock);
  const size_t length = strlen(text);
  if ((size_t)offset >= length)
    return 0;
  if (size > length - (size_t)offset)
    size = length - (size_t)offset;
  memcpy(into, text + offset, size);
  return (int)size;
}

static void set_value(int number, int value)
{
  pthread_mutex_lock(&lock);
  const int changed = lines[number].value != value;
  lines[number].value = value;
  if (changed && strcmp(lines[number].edge, "none"))
  {
    lines[number].pending = 1;
    if (lines[number].waiting)
    {
      fuse_notify_poll(lines[number].waiting);
      fuse_pollhandle_destroy(lines[number].waiting);
      lines[number].waiting = NULL;
    }
  }
  pthread_mutex_unlock(&lock);
}

/* EBUSY and EINVAL as the kernel has them. */
static int control(const char *file, const char *text)
{
  int number = atoi(text), value = 0;
  const int on_chip = number >= base && number < base + CHIP_LINES && number < LINES;
  if (!strcmp(file, ".inject"))
  {
    if (sscanf(text, "%d %d", &number, &value) == 2 && number >= 0 && number < LINES)
      set_value(number, value);
    return 0;
  }
  if (!on_chip)
    return -EINVAL;
  if (!strcmp(file, "export"))
  {
    if (lines[number].exported)
      return -EBUSY;
    lines[number].exported = 1;
    lines[number].value = 0;
    strcpy(lines[number].direction, "in");
    strcpy(lines[number].edge, "none");
    return 0;
  }
  if (!lines[number].exported)
    return -EINVAL;
  lines[number].exported = 0;
  return 0;
}

static int write_file(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *info)
{
  (void)offset;
  (void)info;
  int number = 0;
  char file[32] = "", text[32] = {0};
  memcpy(text, bytes, size < 31 ? size : 31);
  text[strcspn(text, "\n")] = 0;
  const enum kind kind = parse(path, &number, file);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  fprintf(stderr, "%lld.%09ld %s=%s\n", (long long)now.tv_sec, now.tv_nsec, path, text);
  if (kind == CONTROL)
  {
    const int failed = control(file, text);
    return failed ? failed : (int)size;
  }
  if (kind != LINE_FILE)
    return -EINVAL;
  if (!strcmp(file, "value"))
  {
    if (strcmp(lines[number].direction, "out"))
      return -EPERM;
    set_value(number, atoi(text) != 0);
  }
  else if (!strcmp(file, "direction"))
  {
    const int level = !strcmp(text, "high");
    if (level || !strcmp(text, "low") || !strcmp(text, "out"))
    {
      strcpy(lines[number].direction, "out");
      set_value(number, level);
    }
    else
      strcpy(lines[number].direction, "in");
  }
  else if (!strcmp(file, "edge"))
    snprintf(lines[number].edge, sizeof lines[number].edge, "%.7s", text);
  return (int)size;
}

static int poll_file(const char *path, struct fuse_file_info *info, struct fuse_pollhandle *handle, unsigned *events)
{
  (void)info;
  int number = 0;
  char file[32] = "";
  *events = 0;
  if (parse(path, &number, file) != LINE_FILE || strcmp(file, "value"))
    return 0;
  pthread_mutex_lock(&lock);
  if (handle)
  {
    if (lines[number].waiting)
      fuse_pollhandle_destroy(lines[number].waiting);
    lines[number].waiting = handle;
  }
  if (lines[number].pending)
    *events = POLLPRI | POLLERR;
  pthread_mutex_unlock(&lock);
  return 0;
}

static const struct fuse_operations operations = {
    .getattr = get_attributes,
    .readdir = list,
    .open = open_file,
    .read = read_file,
    .write = write_file,
    .poll = poll_file,
    .truncate = truncate_file,
};

int main(int count, char **words)
{
  const char *asked = getenv("FAKE_BASE");
  base = asked ? atoi(asked) : 0;
  label = getenv("FAKE_LABEL") ? getenv("FAKE_LABEL") : "pinctrl-bcm2711";
  denied = getenv("FAKE_DENY") != NULL;
  setvbuf(stderr, NULL, _IOLBF, 1 << 16);
  return fuse_main(count, words, &operations, NULL);
}
