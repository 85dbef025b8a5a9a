-- For the worker, which takes away what nobody has asked for.
ALTER TABLE work_order_imports
  ADD KEY IF NOT EXISTS work_order_imports_unasked (state, confirmation_id, uploaded_at);
