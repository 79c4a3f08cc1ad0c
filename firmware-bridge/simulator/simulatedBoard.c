/* Runs the selector board's real image in simavr, its UART on a pseudo-terminal (or on stdin and stdout), its clock paced
 * to the machine's, and writes every change of a pin with the cycle at which it happened.
 *
 *   simulatedBoard --elf FILE [--pty LINK] [--log FILE] [--pins FILE] [--ppm N] [--serial TEXT]
 *
 * With --pty commands come on stdin, one per line, and end with it:
 *   mark NAME   a line in the log           hang     the processor loops for ever, interrupts off
 *   sync NAME   "sync NAME" on stdout when everything before it is in the log
 *   trigger     a pulse on the trigger input    reset    the reset button
 *   unplug      the pseudo-terminal hangs up    plug     and is there again
 * Log lines: CYCLE pins DDRB PORTB DDRC PORTC DDRD PORTD (hex), CYCLE mark NAME, CYCLE reset, CYCLE hang.
 * --pins is a file of 16 bytes that always shows the present: the six registers, two zeros, the 64 outputs of the
 * 74HC595 chain (output 0 = lowest bit). It is written before any byte that the board sends after a change. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_eeprom.h>
#include <simavr/avr_extint.h>
#include <simavr/avr_ioport.h>
#include <simavr/avr_timer.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

#define FREQUENCY 16000000u
#define BAUD 115200u
#define BYTE_CYCLES (10 * FREQUENCY / BAUD)
#define EEPROM_SERIAL 16
#define SERIAL_LENGTH 8
/* DDRB PORTB (PINC) DDRC PORTC (PIND) DDRD PORTD lie side by side from here */
#define FIRST_REGISTER 0x24
/* clk, rclk, ser of the relay chain */
#define SER 0x04
#define SRCLK 0x08
#define RCLK 0x10

static avr_t *avr;
static avr_irq_t *uart_input;
static FILE *log_file;
static uint8_t *present;
static int from_host = -1;
static int to_host = -1;
static int slave = -1;
static const char *pty_link;
static uint8_t queue[65536];
static uint16_t queue_head, queue_tail;
static avr_cycle_count_t next_byte, last_byte;
static uint64_t shifted, latched;
static int was_reset;

static void die(const char *what)
{
  fprintf(stderr, "simulatedBoard: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void note(const char *what, const char *name)
{
  if (log_file)
    fprintf(log_file, "%llu %s%s%s\n", (unsigned long long)avr->cycle, what, *name ? " " : "", name);
}

/* ---- pins ---- */

static const uint8_t registers[6] = {0, 1, 3, 4, 6, 7};

static void look_at_pins(void)
{
  static uint64_t before = ~0ull;
  uint64_t now;
  memcpy(&now, avr->data + FIRST_REGISTER, 8);
  now &= 0xffff00ffff00ffffull;
  if (now == before)
    return;
  const uint8_t port_d = (uint8_t)(now >> 56), port_d_before = (uint8_t)(before >> 56);
  const uint8_t rising = port_d & (uint8_t)~port_d_before;
  if (rising & SRCLK)
    shifted = shifted << 1 | ((port_d & SER) != 0);
  if (rising & RCLK)
    latched = shifted;
  before = now;
  uint8_t shown[8] = {0};
  for (int k = 0; k < 6; k++)
    shown[k] = (uint8_t)(now >> (8 * registers[k]));
  if (present)
  {
    memcpy(present, shown, 8);
    memcpy(present + 8, &latched, 8);
  }
  if (log_file)
    fprintf(log_file, "%llu pins %02x %02x %02x %02x %02x %02x\n", (unsigned long long)avr->cycle, shown[0], shown[1],
            shown[2], shown[3], shown[4], shown[5]);
}

/* ---- UART ---- */

static avr_cycle_count_t wake(avr_t *of, avr_cycle_count_t when, void *unused)
{
  (void)of;
  (void)when;
  (void)unused;
  return 0;
}

/* One byte after the other, at the pace of the line. */
static void feed(void)
{
  if (queue_head == queue_tail || avr->cycle < next_byte)
    return;
  avr_raise_irq(uart_input, queue[queue_tail++]);
  last_byte = avr->cycle;
  next_byte = avr->cycle + BYTE_CYCLES;
  /* a sleeping processor must not sleep past the next one */
  avr_cycle_timer_register(avr, BYTE_CYCLES, wake, NULL);
}

static void take_from_host(void)
{
  uint8_t bytes[512];
  const uint16_t room = (uint16_t)(queue_tail - queue_head - 1);
  if (from_host < 0 || room < sizeof bytes)
    return;
  const ssize_t count = read(from_host, bytes, sizeof bytes);
  for (ssize_t k = 0; k < count; k++)
    queue[queue_head++] = bytes[k];
  /* nobody on the other end of a pipe any more */
  if (count == 0 && !pty_link)
    exit(0);
}

static void on_output(struct avr_irq_t *irq, uint32_t value, void *unused)
{
  (void)irq;
  (void)unused;
  const uint8_t byte = (uint8_t)value;
  last_byte = avr->cycle;
  look_at_pins();
  /* a host that does not read loses bytes, as on a wire */
  if (to_host >= 0 && write(to_host, &byte, 1) < 0 && errno != EAGAIN && errno != EIO)
    die("send");
}

static void plug(void)
{
  char name[256];
  int master;
  if (openpty(&master, &slave, name, NULL, NULL) < 0)
    die("pseudo-terminal");
  struct termios raw;
  tcgetattr(slave, &raw);
  cfmakeraw(&raw);
  tcsetattr(slave, TCSANOW, &raw);
  fcntl(master, F_SETFL, O_NONBLOCK);
  unlink(pty_link);
  if (symlink(name, pty_link) < 0)
    die(pty_link);
  from_host = to_host = master;
}

static void unplug(void)
{
  if (from_host < 0)
    return;
  unlink(pty_link);
  close(slave);
  close(from_host);
  from_host = to_host = slave = -1;
}

/* ---- commands ---- */

/* D2 and D3 are address lines here: without this simavr looks for an interrupt of theirs in every cycle that they are low, and the
 * processor never sleeps. A reset undoes it. */
static void rely_on_no_levels(void)
{
  avr_extint_set_strict_lvl_trig(avr, 0, 0);
  avr_extint_set_strict_lvl_trig(avr, 1, 0);
  was_reset = 0;
}

static void on_reset(avr_t *of)
{
  /* simavr 1.6 forgets the timer of a byte that was being sent, but not that it waits for it: such a UART never sends again */
  for (avr_io_t *io = of->io_port; io; io = io->next)
    if (io->kind && !strcmp(io->kind, "uart"))
    {
      ((avr_uart_t *)io)->tx_cnt = 0;
      ((avr_uart_t *)io)->rx_cnt = 0;
    }
  was_reset = 1;
  note("reset", "");
}

static void hang(void)
{
  for (uint32_t at = 0; at + 1 < avr->flashend; at += 2)
    if (avr->flash[at] == 0xff && avr->flash[at + 1] == 0xcf)
    {
      note("hang", "");
      avr->pc = at;
      avr->sreg[S_I] = 0;
      avr->state = cpu_Running;
      return;
    }
  fprintf(stderr, "simulatedBoard: the image has no endless loop to hang in\n");
  exit(1);
}

static void obey(char *line)
{
  char *name = strchr(line, ' ');
  if (name)
    *name++ = 0;
  else
    name = line + strlen(line);
  if (!strcmp(line, "mark"))
    note("mark", name);
  else if (!strcmp(line, "sync"))
  {
    if (log_file)
      fflush(log_file);
    printf("sync %s\n", name);
  }
  else if (!strcmp(line, "hang"))
    hang();
  else if (!strcmp(line, "reset"))
    avr_reset(avr);
  else if (!strcmp(line, "trigger"))
  {
    avr_irq_t *pin = avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 0);
    note("trigger", "");
    avr_raise_irq(pin, 1);
    avr_raise_irq(pin, 0);
  }
  else if (!strcmp(line, "unplug"))
    unplug();
  else if (!strcmp(line, "plug"))
    plug();
  else
    fprintf(stderr, "simulatedBoard: no command %s\n", line);
}

static void take_commands(void)
{
  static char line[256];
  static size_t length;
  char bytes[256];
  const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count == 0)
  {
    unplug();
    exit(0);
  }
  for (ssize_t k = 0; k < count; k++)
    if (bytes[k] != '\n')
    {
      if (length < sizeof line - 1)
        line[length++] = bytes[k];
    }
    else
    {
      line[length] = 0;
      length = 0;
      obey(line);
    }
}

/* ---- time ---- */

static double now_s(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* A sleeping processor costs nothing: its time passes at once and is waited for in the main loop. */
static void on_sleep(avr_t *of, avr_cycle_count_t cycles)
{
  (void)of;
  (void)cycles;
}

static void start_board(const char *elf, const char *serial)
{
  elf_firmware_t firmware = {0};
  if (elf_read_firmware(elf, &firmware) != 0)
    die(elf);
  avr = avr_make_mcu_by_name("atmega328p");
  if (!avr)
    die("atmega328p");
  avr_init(avr);
  avr->log = LOG_OUTPUT;
  avr_load_firmware(avr, &firmware);
  avr->frequency = FREQUENCY;
  avr->sleep = on_sleep;
  avr->reset = on_reset;
  /* one instruction at a time: no change of a pin is missed */
  avr->run_cycle_limit = 1;
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  rely_on_no_levels();
  uart_input = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_output, NULL);
  /* input capture reads its pin */
  avr_connect_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('B'), 0),
                  avr_io_getirq(avr, AVR_IOCTL_TIMER_GETIRQ('1'), TIMER_IRQ_IN_ICP));
  uint8_t bytes[SERIAL_LENGTH];
  memset(bytes, ' ', sizeof bytes);
  memcpy(bytes, serial, strnlen(serial, sizeof bytes));
  avr_eeprom_desc_t eeprom = {.ee = bytes, .offset = EEPROM_SERIAL, .size = sizeof bytes};
  avr_ioctl(avr, AVR_IOCTL_EEPROM_SET, &eeprom);
}

int main(int count, char **words)
{
  const char *elf = NULL, *log_name = NULL, *pins_name = NULL, *serial = "SIM0001";
  double ppm = 0;
  for (int k = 1; k + 1 < count; k += 2)
  {
    const char *name = words[k], *value = words[k + 1];
    if (!strcmp(name, "--elf"))
      elf = value;
    else if (!strcmp(name, "--pty"))
      pty_link = value;
    else if (!strcmp(name, "--log"))
      log_name = value;
    else if (!strcmp(name, "--pins"))
      pins_name = value;
    else if (!strcmp(name, "--ppm"))
      ppm = atof(value);
    else if (!strcmp(name, "--serial"))
      serial = value;
    else
      elf = NULL, k = count;
  }
  if (!elf)
  {
    fprintf(stderr, "usage: simulatedBoard --elf FILE [--pty LINK] [--log FILE] [--pins FILE] [--ppm N] [--serial TEXT]\n");
    return 1;
  }
  if (log_name && !(log_file = fopen(log_name, "w")))
    die(log_name);
  if (log_file)
    setvbuf(log_file, NULL, _IOFBF, 1 << 16);
  if (pins_name)
  {
    const int file = open(pins_name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, 16) < 0)
      die(pins_name);
    present = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (present == MAP_FAILED)
      die(pins_name);
  }
  if (!pty_link)
  {
    from_host = STDIN_FILENO;
    /* simavr talks on stdout */
    to_host = dup(STDOUT_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  start_board(elf, serial);
  if (pty_link)
    plug();
  fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
  look_at_pins();
  if (pty_link)
  {
    printf("ready\n");
    fflush(stdout);
  }

  const double start_s = now_s(), rate = FREQUENCY * (1 + ppm * 1e-6);
  for (;;)
  {
    const avr_cycle_count_t due = (avr_cycle_count_t)((now_s() - start_s) * rate);
    while (avr->cycle < due)
    {
      const int state = avr_run(avr);
      if (was_reset)
        rely_on_no_levels();
      look_at_pins();
      feed();
      if (state == cpu_Done || state == cpu_Crashed)
      {
        fprintf(stderr, "simulatedBoard: the processor has stopped\n");
        return 1;
      }
    }
    if (pty_link)
      take_commands();
    fflush(stdout);
    /* only here, where the board has caught up: nothing arrives before it was sent */
    take_from_host();
    if (log_file)
      fflush(log_file);
    /* while bytes are under way the board is kept close to real time */
    const int busy = queue_head != queue_tail || avr->cycle - last_byte < FREQUENCY / 200;
    const struct timespec wait = {.tv_nsec = busy ? 100000 : 1000000};
    struct pollfd waited[2] = {{.fd = from_host, .events = POLLIN}, {.fd = pty_link ? STDIN_FILENO : -1, .events = POLLIN}};
    ppoll(waited, 2, &wait, NULL);
  }
}
