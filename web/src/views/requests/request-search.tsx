/** Finds one request by its id, whenever it was. */
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import type { Question } from "../../question/use-question.ts";
import styles from "./requests.module.css";

export function RequestSearch({ question }: { question: Question }) {
  const [id, setId] = useState(question.word("request_id") ?? "");
  return (
    <form
      className={styles.search}
      aria-label="Search by request id"
      onSubmit={(event) => {
        event.preventDefault();
        const wanted = id.trim();
        if (wanted !== "") question.change({ request_id: wanted, id: undefined });
      }}
    >
      <label>
        Request id{" "}
        <input
          type="search"
          value={id}
          spellCheck={false}
          placeholder="as in x-tokenledger-request-id"
          onChange={({ target }) => setId(target.value)}
        />
      </label>
      <Button type="submit">Find</Button>
    </form>
  );
}
