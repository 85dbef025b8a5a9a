/* Input: the text of a provider's bill; the first byte says whose. */
#include "fuzz.h"
#include "provider/alipay_private.h"
#include "provider/wechatpay_private.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct payment_bill bill;
	const char *wrong;
	char *text;

	if (n == 0 || memchr(data, '\0', n) != NULL)
		return 0;
	text = arena_strndup(a, (const char *)data + 1, n - 1);
	wrong = *data == 'w' ? wechatpay_bill_read(a, "12", "wx", text, &bill)
			     : alipay_bill_read(a, "2088", text, &bill);
	if (wrong != NULL)
		return 0;
	for (size_t i = 0; i < bill.n; i++) {
		PROMISE(bill.line[i].amount_fen > 0);
		PROMISE(bill.line[i].order_no != NULL);
		PROMISE(
		    bill.line[i].is_refund == (bill.line[i].refund_no != NULL));
	}
	return 0;
}
