#include "frame.h"

#include <avr/pgmspace.h>

#include "uart.h"

#define END 0xC0
#define ESCAPE 0xDB
#define FLIP 0x20

/* CRC-32 of IEEE 802.3, four bits at a time */
static const uint32_t crc_table[16] PROGMEM = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};

uint32_t crc32(const uint8_t *bytes, uint8_t length)
{
  uint32_t crc = 0xffffffff;
  while (length-- > 0)
  {
    crc ^= *bytes++;
    crc = pgm_read_dword(&crc_table[crc & 15]) ^ crc >> 4;
    crc = pgm_read_dword(&crc_table[crc & 15]) ^ crc >> 4;
  }
  return ~crc;
}

static bool escaping;
static bool broken;

enum received frame_take(struct frame *frame, uint8_t byte)
{
  if (byte != END)
  {
    if (escaping)
      byte ^= FLIP;
    else if (byte == ESCAPE)
    {
      escaping = true;
      return RECEIVED_NOTHING;
    }
    escaping = false;
    if (frame->length == LARGEST_CONTENT)
      broken = true;
    else
      frame->content[frame->length++] = byte;
    return RECEIVED_NOTHING;
  }
  const uint8_t length = frame->length;
  const bool whole = !broken && !escaping;
  const bool empty = length == 0 && whole;
  frame->length = 0;
  broken = false;
  escaping = false;
  if (empty)
    return RECEIVED_NOTHING;
  if (!whole || length <= CRC_LENGTH)
    return RECEIVED_GARBAGE;
  const uint8_t inside = (uint8_t)(length - CRC_LENGTH);
  if (get_u32(frame->content + inside) != crc32(frame->content, inside))
    return RECEIVED_GARBAGE;
  frame->length = inside;
  return RECEIVED_FRAME;
}

static void send_escaped(uint8_t byte)
{
  if (byte == END || byte == ESCAPE || byte == EMERGENCY_BYTE)
  {
    uart_send(ESCAPE);
    byte ^= FLIP;
  }
  uart_send(byte);
}

bool frame_send(const struct frame *frame)
{
  const uint8_t length = frame->length;
  if (uart_room() < 2 * (length + CRC_LENGTH) + 2)
    return false;
  uart_send(END);
  for (uint8_t at = 0; at < length; at++)
    send_escaped(frame->content[at]);
  uint32_t crc = crc32(frame->content, length);
  for (uint8_t at = 0; at < CRC_LENGTH; at++, crc >>= 8)
    send_escaped((uint8_t)crc);
  uart_send(END);
  return true;
}

uint16_t get_u16(const uint8_t *at)
{
  return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t get_u32(const uint8_t *at)
{
  return get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}

void add_u8(struct frame *frame, uint8_t value)
{
  if (frame->length < LARGEST_CONTENT - CRC_LENGTH)
    frame->content[frame->length++] = value;
}

void add_u16(struct frame *frame, uint16_t value)
{
  add_u8(frame, (uint8_t)value);
  add_u8(frame, (uint8_t)(value >> 8));
}

void add_u32(struct frame *frame, uint32_t value)
{
  add_u16(frame, (uint16_t)value);
  add_u16(frame, (uint16_t)(value >> 16));
}

void add_u64(struct frame *frame, uint64_t value)
{
  add_u32(frame, (uint32_t)value);
  add_u32(frame, (uint32_t)(value >> 32));
}
