import "./style/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { beginSummary } from "./api/answers.ts";
import { questions } from "./api/questions.ts";
import { App } from "./app/app.tsx";
import { showTheme } from "./app/theme.ts";
import { loadViewAt } from "./app/views.ts";
import { beginVisit } from "./app/visitor.ts";

showTheme();
beginVisit();
loadViewAt(location.pathname);
beginSummary();

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element with the id root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={questions}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
