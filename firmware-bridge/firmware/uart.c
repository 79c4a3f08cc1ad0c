#include "uart.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/atomic.h>

#define BAUD 115200UL

/* indices wrap by themselves at 256 */
static uint8_t received[256];
static volatile uint8_t received_head;
static volatile uint8_t received_tail;
static uint8_t sending[256];
static volatile uint8_t sending_head;
static volatile uint8_t sending_tail;
static volatile uint8_t errors;

void uart_start(void)
{
  UCSR0A = _BV(U2X0);
  UBRR0 = (uint16_t)((F_CPU + BAUD * 4) / (BAUD * 8) - 1);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXCIE0) | _BV(RXEN0) | _BV(TXEN0);
}

bool uart_take(uint8_t *byte)
{
  const uint8_t tail = received_tail;
  if (tail == received_head)
    return false;
  *byte = received[tail];
  received_tail = (uint8_t)(tail + 1);
  return true;
}

bool uart_is_quiet(void)
{
  return received_head == received_tail;
}

uint8_t uart_room(void)
{
  return (uint8_t)(sending_tail - sending_head - 1);
}

void uart_send(uint8_t byte)
{
  sending[sending_head] = byte;
  sending_head = (uint8_t)(sending_head + 1);
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    UCSR0B |= _BV(UDRIE0);
  }
}

uint8_t uart_take_errors(void)
{
  uint8_t count = 0;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    count = errors;
    errors = 0;
  }
  return count;
}

ISR(USART_RX_vect)
{
  const uint8_t status = UCSR0A;
  const uint8_t byte = UDR0;
  if (status & (_BV(FE0) | _BV(DOR0)))
  {
    if (errors < 255)
      errors++;
    return;
  }
  if (byte == EMERGENCY_BYTE)
  {
    on_emergency_byte();
    return;
  }
  const uint8_t next = (uint8_t)(received_head + 1);
  if (next == received_tail)
  {
    if (errors < 255)
      errors++;
    return;
  }
  received[received_head] = byte;
  received_head = next;
}

ISR(USART_UDRE_vect)
{
  const uint8_t tail = sending_tail;
  if (tail == sending_head)
  {
    UCSR0B &= (uint8_t)~_BV(UDRIE0);
    return;
  }
  UDR0 = sending[tail];
  sending_tail = (uint8_t)(tail + 1);
}
