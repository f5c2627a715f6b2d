"""Orders in the shape that Shopify made usual: what it and its near-twins share."""
