/** The table as a file: the same question, answered as CSV. */
import { useState } from "react";
import { fetchFromServer, type Parameters, queryText } from "../../api/client.ts";
import { presentedKey } from "../../api/credentials.ts";
import { Button } from "../../parts/button.tsx";
import { Failure } from "../../parts/panel.tsx";
import styles from "./explore.module.css";

const PATH = "/api/v1/costs/aggregate";
const FILE = "tokenledger-costs.csv";

export function CsvLink({ parameters }: { parameters: Parameters }) {
  const [error, setError] = useState<Error>();
  const asked = { ...parameters, format: "csv" };
  if (presentedKey() === undefined) {
    return (
      <a className={styles.download} href={PATH + queryText(asked)} download={FILE}>
        Download CSV
      </a>
    );
  }
  // Where the key is kept by the page alone, a plain link would come without it.
  const save = async (): Promise<void> => {
    setError(undefined);
    try {
      const address = URL.createObjectURL(await (await fetchFromServer(PATH, { parameters: asked })).blob());
      const link = document.createElement("a");
      link.href = address;
      link.download = FILE;
      link.click();
      URL.revokeObjectURL(address);
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
    }
  };
  return (
    <>
      <Button onClick={() => void save()}>Download CSV</Button>
      {error !== undefined && <Failure error={error} />}
    </>
  );
}
