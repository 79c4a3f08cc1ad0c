#include "switches.h"

#include <util/atomic.h>

#include "board.h"
#include "clock.h"

static struct setup current;
static bool known;
static volatile bool closed;
static volatile uint32_t opened_at;
static uint8_t addressed_row;
static uint8_t addressed_column;
static bool addressed;

/* Masks of one line's enable, by chip. */
static const uint8_t row_enable_d[4] = {0x40, 0x80, 0, 0};
static const uint8_t row_enable_b[4] = {0, 0, 0x02, 0x04};
static const uint8_t column_enable_c[4] = {0x08, 0x10, 0x20, 0};
static const uint8_t column_enable_b[4] = {0, 0, 0, 0x10};

void switches_start(void)
{
  /* resistors hold every enable off */
  DDRB = TRIGGER_OUT_B;
  PORTB = 0;
  DDRC = 0;
  PORTC = 0;
  DDRD = 0x02; /* TXD */
  PORTD = 0x01; /* a pull-up: an open RXD is silent */
  opened_at = 0;
}

bool switches_set_up(const struct setup *setup)
{
  const bool relays = setup->wiring == WIRING_RELAYS;
  const bool addressable =
      setup->wiring <= WIRING_RELAYS && setup->rows >= 1 && setup->columns >= 1 && setup->rows <= LARGEST_LINES &&
      setup->columns <= LARGEST_LINES && (setup->channels == 8 || (setup->channels == 16 && !relays)) &&
      (relays || (setup->rows <= 4 * setup->channels && setup->columns <= 4 * setup->channels));
  if (!addressable)
    return false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    /* the pins of another wiring are let go first */
    DDRB &= (uint8_t)~(ENABLE_B | COLUMN_ADDRESS_B);
    DDRC &= (uint8_t)~(ENABLE_C | COLUMN_ADDRESS_C);
    DDRD &= (uint8_t)~(ENABLE_D | ROW_ADDRESS_D);
    PORTB &= (uint8_t)~(ENABLE_B | COLUMN_ADDRESS_B);
    PORTC &= (uint8_t)~(ENABLE_C | COLUMN_ADDRESS_C);
    PORTD &= (uint8_t)~(ENABLE_D | ROW_ADDRESS_D);
    current = *setup;
    known = true;
    addressed = false;
    switches_open();
    if (relays)
      DDRD |= RELAY_SER_D | RELAY_SRCLK_D | RELAY_RCLK_D | RELAY_OE_D;
    else
    {
      DDRB |= ENABLE_B | COLUMN_ADDRESS_B;
      DDRC |= ENABLE_C | COLUMN_ADDRESS_C;
      DDRD |= ENABLE_D | ROW_ADDRESS_D;
    }
  }
  return true;
}

const struct setup *switches_setup(void)
{
  return &current;
}

void switches_open(void)
{
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (known && current.wiring == WIRING_RELAYS)
      PORTD |= RELAY_OE_D;
    else if (known && current.wiring == WIRING_MUX_ACTIVE_LOW)
    {
      PORTD |= ENABLE_D;
      PORTC |= ENABLE_C;
      PORTB |= ENABLE_B;
    }
    else
    {
      PORTD &= (uint8_t)~ENABLE_D;
      PORTC &= (uint8_t)~ENABLE_C;
      PORTB &= (uint8_t)~ENABLE_B;
    }
    closed = false;
    opened_at = clock_ticks32();
  }
}

bool switches_are_open(void)
{
  return !closed;
}

bool switches_dead_time_over(void)
{
  /* one tick more: the first may have been nearly over when it was read */
  return clock_ticks32() - opened_at > current.dead_us * TICKS_PER_US;
}

static bool inside(uint8_t row, uint8_t column)
{
  return known && row < current.rows && column < current.columns;
}

/* The last output of the chain is shifted first; chips of the rows come before chips of the columns. */
static void shift_relays(uint8_t row, uint8_t column)
{
  const uint8_t row_chips = (uint8_t)((current.rows + 7) / 8);
  const uint8_t column_chips = (uint8_t)((current.columns + 7) / 8);
  const uint8_t column_output = (uint8_t)(8 * row_chips + column);
  PORTD &= (uint8_t)~(RELAY_SRCLK_D | RELAY_RCLK_D);
  for (uint8_t output = (uint8_t)(8 * (row_chips + column_chips)); output-- > 0;)
  {
    if (output == row || output == column_output)
      PORTD |= RELAY_SER_D;
    else
      PORTD &= (uint8_t)~RELAY_SER_D;
    PORTD |= RELAY_SRCLK_D;
    PORTD &= (uint8_t)~RELAY_SRCLK_D;
  }
  PORTD |= RELAY_RCLK_D;
  PORTD &= (uint8_t)~RELAY_RCLK_D;
}

bool switches_address(uint8_t row, uint8_t column)
{
  addressed = false;
  if (!inside(row, column) || closed || !switches_dead_time_over())
    return false;
  if (current.wiring == WIRING_RELAYS)
    shift_relays(row, column);
  else
  {
    const uint8_t row_address = row % current.channels;
    const uint8_t column_address = column % current.channels;
    ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
    {
      PORTD = (uint8_t)((PORTD & ~ROW_ADDRESS_D) | row_address << 2);
      PORTC = (uint8_t)((PORTC & ~COLUMN_ADDRESS_C) | (column_address & 7));
      PORTB = (uint8_t)((PORTB & ~COLUMN_ADDRESS_B) | (column_address & 8 ? COLUMN_ADDRESS_B : 0));
    }
  }
  addressed_row = row;
  addressed_column = column;
  addressed = true;
  return true;
}

bool switches_close(uint8_t row, uint8_t column, const volatile bool *permit)
{
  bool done = false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    const bool ready = *permit && inside(row, column) && !closed && addressed && addressed_row == row &&
                       addressed_column == column && switches_dead_time_over();
    if (ready)
    {
      if (current.wiring == WIRING_RELAYS)
        PORTD &= (uint8_t)~RELAY_OE_D;
      else
      {
        const uint8_t row_chip = row / current.channels;
        const uint8_t column_chip = column / current.channels;
        if (current.wiring == WIRING_MUX_ACTIVE_LOW)
        {
          PORTD &= (uint8_t)~row_enable_d[row_chip];
          PORTB &= (uint8_t)~(row_enable_b[row_chip] | column_enable_b[column_chip]);
          PORTC &= (uint8_t)~column_enable_c[column_chip];
        }
        else
        {
          PORTD |= row_enable_d[row_chip];
          PORTB |= (uint8_t)(row_enable_b[row_chip] | column_enable_b[column_chip]);
          PORTC |= column_enable_c[column_chip];
        }
      }
      closed = true;
      done = true;
    }
  }
  return done;
}
