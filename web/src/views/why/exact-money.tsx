/** All the digits there are. */
export function ExactMoney({ usd }: { usd: string }) {
  const isLess = usd.startsWith("-");
  return (
    <data value={usd}>
      {isLess ? "−" : "+"}${isLess ? usd.slice(1) : usd}
    </data>
  );
}
