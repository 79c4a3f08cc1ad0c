#include "session.h"

#include <avr/eeprom.h>
#include <avr/io.h>
#include <stdbool.h>
#include <util/atomic.h>

#include "board.h"
#include "clock.h"
#include "frame.h"
#include "switches.h"
#include "uart.h"

#ifndef PROTOCOL
#define PROTOCOL 1
#endif
#define FIRMWARE_MAJOR 1
#define FIRMWARE_MINOR 0

enum command
{
  HELLO = 0x01,
  CONFIGURE = 0x02,
  ARM = 0x03,
  DISARM = 0x04,
  SELECT = 0x05,
  OPEN = 0x06,
  TRIGGER = 0x07,
  STATUS = 0x08,
  HEARTBEAT = 0x09,
  PROVE = 0x0A,
  CLEAR = 0x0B,
  GOODBYE = 0x0C,
  ANSWER = 0x80, /* added to the type of the command that it answers */
  REFUSED = 0x7F,
  TRIPPED = 0x70
};

enum refusal
{
  NO_SESSION = 1,
  OWNED = 2,
  NOT_NOW = 3,
  OUTSIDE_GRID = 4,
  WRONG_CRC = 5,
  LATCHED = 6,
  NOT_PROVED = 7,
  BAD_ARGUMENT = 8,
  UNKNOWN_COMMAND = 9,
  OTHER_PROTOCOL = 10,
  STALE = 11,
  CANCELED = 12
};

enum state
{
  IDLE = 0,
  ARMED = 1,
  SWITCHING = 2,
  CLOSED = 3,
  PROVING = 4,
  TRIPPED_STATE = 5
};

enum cause
{
  CAUSE_NONE = 0,
  CAUSE_SILENCE = 1,
  CAUSE_EMERGENCY = 2,
  CAUSE_LINK = 3,
  CAUSE_TOO_LONG = 4
};

#define HEADER_LENGTH 10
#define SETUP_LENGTH 20
#define NO_LINE 0xFF
#define DEFAULT_DEADMAN_MS 400
#define SHORTEST_DEADMAN_MS 50
#define LONGEST_DEADMAN_MS 5000
#define SHORTEST_DEAD_US 10
#define LONGEST_DEAD_US 1000000UL
#define LONGEST_SETTLE_US 10000000UL
#define LONGEST_TRIGGER_US 1000000UL
#define ADDRESS_SETTLE_US 10
/* A leaky bucket for what arrives broken: silence of the line costs nothing, noise trips. */
#define BUCKET_PER_BAD 10
#define BUCKET_TRIPS 200

#define EEPROM_BOOTS ((uint32_t *)0)
#define EEPROM_SERIAL ((const void *)16)
#define SERIAL_LENGTH 8

/* shared with interrupts */
static volatile uint8_t state;
static volatile uint8_t cause;
static volatile bool armed; /* read by switches_close with interrupts off: a trip beats a select that was nearly done */
static volatile bool proved;
static volatile bool tell_trip;
static volatile uint32_t now_ms;
static volatile uint32_t fresh_ms;
static volatile uint32_t closed_ms;
static volatile uint16_t deadman_ms = DEFAULT_DEADMAN_MS;

static uint32_t nonce;
static uint32_t token;
static uint32_t boots;
static uint16_t sessions;
static uint32_t last_command;
static uint32_t last_heartbeat;
static uint32_t previous_nonce;
static uint32_t previous_command;
static bool configured;
static uint32_t setup_crc;
static uint8_t reset_cause;
static uint8_t row = NO_LINE;
static uint8_t column = NO_LINE;
static uint8_t bucket;
static uint16_t bad_frames;

static struct frame incoming;
/* the answer to the last command, for when it was lost on its way */
static struct frame answered;
static struct frame outgoing;

static enum { STEP_NONE, STEP_BREAK, STEP_ADDRESS, STEP_SETTLE } step;
static uint32_t step_since;
static uint32_t select_sequence;
static uint64_t closed_tick;

static bool trigger_high;
static uint32_t trigger_since;
static uint32_t trigger_ticks;

/* ---- what ends everything; callable in interrupts ---- */

static void trip(uint8_t why)
{
  switches_open();
  PORTB &= (uint8_t)~TRIGGER_OUT_B;
  armed = false;
  if (state != TRIPPED_STATE)
    cause = why;
  state = TRIPPED_STATE;
  tell_trip = true;
}

void on_emergency_byte(void)
{
  trip(CAUSE_EMERGENCY);
}

void on_millisecond(void)
{
  now_ms++;
#ifndef TEST_WITHOUT_DEADMAN
  if ((armed || state == PROVING) && now_ms - fresh_ms >= deadman_ms)
  {
    if (state == PROVING)
      proved = true;
    trip(CAUSE_SILENCE);
  }
#endif
  const uint32_t longest_ms = switches_setup()->longest_ms;
  if (longest_ms != 0 && !switches_are_open() && now_ms - closed_ms >= longest_ms)
    trip(CAUSE_TOO_LONG);
}

/* ---- answers ---- */

static void begin(uint8_t type, uint32_t of_nonce, uint32_t sequence)
{
  outgoing.length = 0;
  add_u8(&outgoing, PROTOCOL);
  add_u8(&outgoing, type);
  add_u32(&outgoing, of_nonce);
  add_u32(&outgoing, sequence);
  add_u64(&outgoing, clock_ticks());
}

static void refuse(uint32_t of_nonce, uint32_t sequence, uint8_t type, uint8_t why, uint8_t detail)
{
  begin(REFUSED, of_nonce, sequence);
  add_u8(&outgoing, type);
  add_u8(&outgoing, why);
  add_u8(&outgoing, detail);
}

/* Sends it, and keeps it for a repetition of the command. */
static void answer_command(void)
{
  answered = outgoing;
  frame_send(&outgoing);
}

static void answer_simply(uint8_t command, uint32_t sequence)
{
  begin(ANSWER | command, nonce, sequence);
  answer_command();
}

static void refuse_command(uint8_t command, uint32_t sequence, uint8_t why, uint8_t detail)
{
  refuse(nonce, sequence, command, why, detail);
  answer_command();
}

/* ---- session ---- */

static uint32_t silence_ms(void)
{
  uint32_t silence = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    silence = now_ms - fresh_ms;
  }
  return silence;
}

static void refresh(void)
{
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    fresh_ms = now_ms;
  }
}

static void add_hello(void)
{
  add_u32(&outgoing, nonce);
  add_u8(&outgoing, FIRMWARE_MAJOR);
  add_u8(&outgoing, FIRMWARE_MINOR);
  add_u8(&outgoing, state);
  add_u8(&outgoing, cause);
  add_u8(&outgoing, reset_cause);
  add_u8(&outgoing, proved);
  add_u32(&outgoing, previous_nonce);
  add_u32(&outgoing, previous_command);
  add_u8(&outgoing, LARGEST_LINES);
  add_u8(&outgoing, LARGEST_LINES);
  char serial[SERIAL_LENGTH];
  eeprom_read_block(serial, EEPROM_SERIAL, SERIAL_LENGTH);
  for (uint8_t at = 0; at < SERIAL_LENGTH; at++)
    add_u8(&outgoing, serial[at] >= 0x20 && serial[at] < 0x7f ? (uint8_t)serial[at] : ' ');
}

static void stop_switching(void)
{
  switches_open();
  step = STEP_NONE;
  row = NO_LINE;
  column = NO_LINE;
}

static void set_state(uint8_t wanted, bool arms)
{
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (state != TRIPPED_STATE)
    {
      state = wanted;
      armed = arms;
    }
  }
}

/* A repeated HELLO of the host whose session it is changes nothing; another host waits until this one has been silent. */
static void hello(uint32_t of_token, uint32_t sequence)
{
  if (nonce != 0 && of_token != token && silence_ms() < deadman_ms)
  {
    refuse(of_token, sequence, HELLO, OWNED, 0);
    frame_send(&outgoing);
    return;
  }
  if (nonce == 0 || of_token != token)
  {
    stop_switching();
    set_state(IDLE, false);
    configured = false;
    if (nonce != 0)
    {
      previous_nonce = nonce;
      previous_command = last_command;
    }
    token = of_token;
    nonce = boots << 16 | ++sessions;
    last_command = 0;
    last_heartbeat = 0;
    answered.length = 0;
  }
  refresh();
  begin(ANSWER | HELLO, of_token, sequence);
  add_hello();
  frame_send(&outgoing);
}

static void configure(uint32_t sequence, const uint8_t *payload)
{
  const struct setup setup = {
      .wiring = payload[1],
      .rows = payload[2],
      .columns = payload[3],
      .channels = payload[4],
      .flags = payload[5],
      .deadman_ms = get_u16(payload + 6),
      .dead_us = get_u32(payload + 8),
      .settle_us = get_u32(payload + 12),
      .longest_ms = get_u32(payload + 16),
  };
  const bool plausible = payload[0] == 1 && setup.deadman_ms >= SHORTEST_DEADMAN_MS &&
                         setup.deadman_ms <= LONGEST_DEADMAN_MS && setup.dead_us >= SHORTEST_DEAD_US &&
                         setup.dead_us <= LONGEST_DEAD_US && setup.settle_us <= LONGEST_SETTLE_US;
  configured = false;
  if (!plausible || !switches_set_up(&setup))
  {
    refuse_command(CONFIGURE, sequence, BAD_ARGUMENT, 0);
    return;
  }
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    deadman_ms = setup.deadman_ms;
    /* what was shown with another time is shown again */
    proved = false;
  }
  configured = true;
  setup_crc = crc32(payload, SETUP_LENGTH);
  begin(ANSWER | CONFIGURE, nonce, sequence);
  add_u32(&outgoing, setup_crc);
  answer_command();
}

static void add_status(void)
{
  uint64_t trigger_tick = 0;
  const uint16_t triggers = clock_triggers(&trigger_tick);
  add_u8(&outgoing, state);
  add_u8(&outgoing, cause);
  add_u8(&outgoing, row);
  add_u8(&outgoing, column);
  add_u8(&outgoing, (uint8_t)((proved ? 1 : 0) | (configured ? 2 : 0)));
  add_u8(&outgoing, bucket);
  add_u16(&outgoing, bad_frames);
  add_u32(&outgoing, configured ? setup_crc : 0);
  add_u32(&outgoing, last_command);
  add_u16(&outgoing, triggers);
  add_u64(&outgoing, trigger_tick);
}

static void start_trigger(uint32_t sequence, uint32_t width_us)
{
  uint64_t tick = 0;
  bool raised = false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (armed)
    {
      PORTB |= TRIGGER_OUT_B;
      tick = clock_ticks();
      raised = true;
    }
  }
  if (!raised)
  {
    refuse_command(TRIGGER, sequence, LATCHED, cause);
    return;
  }
  trigger_high = true;
  trigger_since = (uint32_t)tick;
  trigger_ticks = width_us * TICKS_PER_US;
  begin(ANSWER | TRIGGER, nonce, sequence);
  add_u64(&outgoing, tick);
  answer_command();
}

static bool length_is_right(uint8_t command, uint8_t length)
{
  switch (command)
  {
  case CONFIGURE:
    return length == SETUP_LENGTH;
  case ARM:
  case TRIGGER:
    return length == 4;
  case SELECT:
    return length == 2;
  default:
    return length == 0;
  }
}

/* A command of this session that was not executed before. */
static void execute(uint8_t command, uint32_t sequence, const uint8_t *payload)
{
  const uint8_t at = state;
  switch (command)
  {
  case CONFIGURE:
    if (armed || at == PROVING)
      refuse_command(command, sequence, NOT_NOW, at);
    else
      configure(sequence, payload);
    return;
  case ARM:
    if (at == TRIPPED_STATE)
      refuse_command(command, sequence, LATCHED, cause);
    else if (at != IDLE || !configured)
      refuse_command(command, sequence, NOT_NOW, at);
    else if (get_u32(payload) != setup_crc)
      refuse_command(command, sequence, WRONG_CRC, 0);
    else if (!proved)
      refuse_command(command, sequence, NOT_PROVED, 0);
    else
    {
      set_state(ARMED, true);
      answer_simply(command, sequence);
    }
    return;
  case DISARM:
    stop_switching();
    set_state(IDLE, false);
    answer_simply(command, sequence);
    return;
  case SELECT:
    if (at == TRIPPED_STATE)
      refuse_command(command, sequence, LATCHED, cause);
    else if (!armed || step != STEP_NONE)
      refuse_command(command, sequence, NOT_NOW, at);
    else if (payload[0] >= switches_setup()->rows || payload[1] >= switches_setup()->columns)
      refuse_command(command, sequence, OUTSIDE_GRID, 0);
    else
    {
      switches_open();
      row = payload[0];
      column = payload[1];
      select_sequence = sequence;
      /* nothing to repeat until it is done */
      answered.length = 0;
      set_state(SWITCHING, true);
      step = STEP_BREAK;
    }
    return;
  case OPEN:
  {
    const bool was_switching = step != STEP_NONE;
    stop_switching();
    if (was_switching)
    {
      refuse(nonce, select_sequence, SELECT, CANCELED, 0);
      frame_send(&outgoing);
    }
    if (at == SWITCHING || at == CLOSED)
      set_state(ARMED, true);
    answer_simply(command, sequence);
    return;
  }
  case TRIGGER:
    if (at == TRIPPED_STATE)
      refuse_command(command, sequence, LATCHED, cause);
    else if (!armed || trigger_high)
      refuse_command(command, sequence, NOT_NOW, at);
    else if (get_u32(payload) == 0 || get_u32(payload) > LONGEST_TRIGGER_US)
      refuse_command(command, sequence, BAD_ARGUMENT, 0);
    else
      start_trigger(sequence, get_u32(payload));
    return;
  case PROVE:
    if (at != IDLE)
      refuse_command(command, sequence, NOT_NOW, at);
    else
    {
      set_state(PROVING, false);
      answer_simply(command, sequence);
    }
    return;
  case CLEAR:
    stop_switching();
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
      state = IDLE;
      cause = CAUSE_NONE;
      armed = false;
    }
    bucket = 0;
    answer_simply(command, sequence);
    return;
  case GOODBYE:
    stop_switching();
    set_state(IDLE, false);
    answer_simply(command, sequence);
    previous_nonce = nonce;
    previous_command = last_command;
    nonce = 0;
    token = 0;
    return;
  case STATUS:
    begin(ANSWER | STATUS, nonce, sequence);
    add_status();
    answer_command();
    return;
  default:
    refuse_command(command, sequence, UNKNOWN_COMMAND, 0);
  }
}

static void take_frame(void)
{
  const uint8_t command = incoming.length >= 2 ? incoming.content[1] : 0;
  if (incoming.length < HEADER_LENGTH)
    return;
  const uint32_t of_nonce = get_u32(incoming.content + 2);
  const uint32_t sequence = get_u32(incoming.content + 6);
  const uint8_t length = (uint8_t)(incoming.length - HEADER_LENGTH);
  if (incoming.content[0] != PROTOCOL)
  {
    refuse(of_nonce, sequence, command, OTHER_PROTOCOL, PROTOCOL);
    frame_send(&outgoing);
    return;
  }
  if (command == HELLO)
  {
    hello(of_nonce, sequence);
    return;
  }
  if (nonce == 0 || of_nonce != nonce)
  {
    refuse(of_nonce, sequence, command, NO_SESSION, 0);
    frame_send(&outgoing);
    return;
  }
  if (command == HEARTBEAT)
  {
    if (sequence <= last_heartbeat)
      return;
    last_heartbeat = sequence;
    if (state != PROVING)
      refresh();
    begin(ANSWER | HEARTBEAT, nonce, sequence);
    add_u8(&outgoing, state);
    add_u8(&outgoing, cause);
    frame_send(&outgoing);
    return;
  }
  if (sequence == last_command)
  {
    /* repeated: the answer was lost, or is not there yet */
    if (answered.length > 0)
      frame_send(&answered);
    return;
  }
  if (sequence < last_command)
  {
    refuse(nonce, sequence, command, STALE, 0);
    frame_send(&outgoing);
    return;
  }
  last_command = sequence;
  refresh();
  if (length_is_right(command, length))
    execute(command, sequence, incoming.content + HEADER_LENGTH);
  else
    refuse_command(command, sequence, BAD_ARGUMENT, 0);
}

static void take_garbage(uint8_t count)
{
  while (count-- > 0)
  {
    if (bad_frames < 0xffff)
      bad_frames++;
    bucket = bucket > 255 - BUCKET_PER_BAD ? 255 : (uint8_t)(bucket + BUCKET_PER_BAD);
  }
  if (bucket >= BUCKET_TRIPS && armed)
  {
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
      trip(CAUSE_LINK);
    }
  }
}

/* ---- switching ---- */

static void switch_on(void)
{
  if (step == STEP_NONE)
    return;
  if (!armed)
  {
    /* tripped meanwhile; the switches are open */
    step = STEP_NONE;
    refuse_command(SELECT, select_sequence, LATCHED, cause);
    return;
  }
  const struct setup *setup = switches_setup();
  const uint32_t waited = clock_ticks32() - step_since;
  switch (step)
  {
  case STEP_BREAK:
    if (!switches_dead_time_over())
      return;
    if (switches_address(row, column))
    {
      step = STEP_ADDRESS;
      step_since = clock_ticks32();
    }
    return;
  case STEP_ADDRESS:
    if (waited <= ADDRESS_SETTLE_US * TICKS_PER_US)
      return;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
      if (switches_close(row, column, &armed))
      {
        closed_tick = clock_ticks();
        closed_ms = now_ms;
        step = STEP_SETTLE;
      }
    }
    step_since = clock_ticks32();
    return;
  case STEP_SETTLE:
    if (waited < setup->settle_us * TICKS_PER_US)
      return;
    step = STEP_NONE;
    set_state(CLOSED, true);
    begin(ANSWER | SELECT, nonce, select_sequence);
    add_u64(&outgoing, closed_tick);
    answer_command();
    return;
  default:
    return;
  }
}

static void end_trigger(void)
{
  if (trigger_high && clock_ticks32() - trigger_since >= trigger_ticks)
  {
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
      PORTB &= (uint8_t)~TRIGGER_OUT_B;
    }
    trigger_high = false;
  }
}

static void tell(void)
{
  if (!tell_trip)
    return;
  begin(TRIPPED, nonce, 0);
  add_u8(&outgoing, state);
  add_u8(&outgoing, cause);
  if (frame_send(&outgoing))
  {
    tell_trip = false;
    row = NO_LINE;
    column = NO_LINE;
  }
}

void session_start(uint8_t mcusr)
{
  reset_cause = mcusr;
  boots = eeprom_read_dword(EEPROM_BOOTS);
  boots = boots == 0xffffffff ? 1 : boots + 1;
  eeprom_update_dword(EEPROM_BOOTS, boots);
}

void session_turn(void)
{
  uint8_t byte = 0;
  const uint8_t errors = uart_take_errors();
  if (errors > 0)
    take_garbage(errors);
  while (uart_take(&byte))
  {
    const enum received got = frame_take(&incoming, byte);
    if (got == RECEIVED_GARBAGE)
      take_garbage(1);
    else if (got == RECEIVED_FRAME)
    {
      if (bucket > 0)
        bucket--;
      take_frame();
      incoming.length = 0;
      /* the switching under way is not kept waiting by a host that talks without end */
      break;
    }
  }
  switch_on();
  end_trigger();
  tell();
}

uint8_t session_is_busy(void)
{
  return step != STEP_NONE || trigger_high || tell_trip;
}
